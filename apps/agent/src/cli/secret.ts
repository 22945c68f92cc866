/** A secret flag's value: itself, `file:PATH`, or `-` for standard input. */
import { readFileSync } from "node:fs";
import { err, ok, type Result } from "@pinhole/protocol";
import type { Io } from "./command.ts";

/** The error never contains the secret. */
export async function readSecret(flag: string, io: Io): Promise<Result<string, string>> {
  if (flag === "-") {
    const text = (await io.readStdin()).trim();
    return text === "" ? err("Nothing came on standard input where the token was expected.") : ok(text);
  }
  if (!flag.startsWith("file:")) return ok(flag.trim());
  const path = flag.slice("file:".length);
  try {
    return ok(readFileSync(path, "utf8").trim());
  } catch {
    return err(`The token file ${path} cannot be read.`);
  }
}
