export { compileFilter, evaluate, type FilterPacket, type PacketFilter, type Verdict } from "./compile-filter.ts";
export { type CompiledPolicy, compilePolicy, type PolicyDevice } from "./compile-policy.ts";
export { DEFAULT_POLICY } from "./default-policy.ts";
export * from "./filter-rule.ts";
export { MAX_DOCUMENT_LENGTH } from "./jsonc.ts";
export { type PolicyError, parsePolicy } from "./parse-policy.ts";
export { type Grant, grantSchema, type Policy, policySchema } from "./policy.ts";
export { TAG_PATTERN } from "./selector.ts";
export { type Transport, transportSchema } from "./transport.ts";
