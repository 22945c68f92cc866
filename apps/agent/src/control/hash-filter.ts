import { createHash } from "node:crypto";
import { newFilterHash } from "@pinhole/protocol/policy";

/** One for the whole process: it remembers what it has hashed. */
export const hashFilter = newFilterHash((text) => createHash("sha256").update(text).digest("base64url"));
