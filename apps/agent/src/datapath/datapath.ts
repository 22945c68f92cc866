/** The datapath as the main thread holds it: see contract.ts for what it promises. */
export type * from "./contract.ts";
