export * from "./frame.ts";
export * from "./lane.ts";
export * from "./refusal.ts";
export * from "./sealed-packet.ts";
export * from "./signature-input.ts";
export * from "./ticket.ts";
