export * from "./base64.ts";
export * from "./endpoint.ts";
export * from "./enrollment-token.ts";
export * from "./ids.ts";
export * from "./network-of.ts";
export * from "./nat64.ts";
export * from "./prefix.ts";
export * from "./result.ts";
