/**
 * The key of what the server must be able to read again and a copy of the database must not give away: secrets of
 * second factors and of webhooks. It lies beside the database, never in it, and is in no backup of it.
 */
import { randomBytes } from "node:crypto";
import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { err, ok, type Result } from "@pinhole/protocol";
import type { DataProblem } from "./data-directory.ts";

const FILE = "sealing.key";
const BYTES = 32;

/** Reads the key, making it on first use. */
export function loadSealingKey(directory: string): Result<Uint8Array, DataProblem> {
  const file = join(directory, FILE);
  try {
    makeOnce(file);
    const key = Buffer.from(readFileSync(file, "utf8").trim(), "base64url");
    if (key.length !== BYTES) return err(`${file} is damaged. Restore it, or remove it: see docs/identity.md.`);
    return ok(new Uint8Array(key));
  } catch (error) {
    return err(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Written whole under another name and linked into place: of two processes at once, both read the same key. */
function makeOnce(file: string): void {
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, `${randomBytes(BYTES).toString("base64url")}\n`, { mode: 0o600 });
  try {
    linkSync(unfinished, file);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    rmSync(unfinished, { force: true });
  }
}
