export * from "./filter-rule.ts";
