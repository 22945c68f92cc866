/**
 * Addresses, keys and results without anything that validates JSON: what a thread that only
 * moves packets needs. It imports no zod, which alone is 12 MB of memory in each thread.
 */
export * from "./base64url.ts";
export * from "./endpoint.ts";
export type { AttemptId, DeviceId, TeamId } from "./ids.ts";
export * from "./nat64.ts";
export * from "./prefix.ts";
export * from "./result.ts";
