/** The server's own command line: `npm run -s admin`. */
import { existsSync, readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Db } from "@pinhole/drizzle";
import { type Env, parseEnv } from "../env.ts";
import { must, StartProblem } from "../server/start-problem.ts";
import { makeDataDirectory, openDatabase } from "../server/storage/data-directory.ts";
import { runAdmin } from "./run-admin.ts";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const STANDARD_INPUT = 0;

process.umask(0o077);
if (existsSync(`${ROOT}.env`)) process.loadEnvFile(`${ROOT}.env`);
// npm runs scripts in the project's root, and says where the person is.
const folder = process.env["INIT_CWD"] ?? process.cwd();

let db: Db | undefined;
process.exitCode = await runAdmin(process.argv.slice(2), {
  stdout: (line) => void process.stdout.write(`${line}\n`),
  stderr: (line) => void process.stderr.write(`${line}\n`),
  openDb: () => (db ??= openData()),
  readEnv,
  readFile: (path) => readFileSync(path === "-" ? STANDARD_INPUT : resolve(folder, path), "utf8"),
  resolvePath: (path) => resolve(folder, path),
  now: () => new Date(),
  author: { kind: "command-line", id: null, name: `command line (${userName()})`, address: null },
});
db?.$client.close();

function readEnv(): Env {
  const env = parseEnv(process.env, ROOT);
  if (!env.ok) throw new StartProblem(env.error.join("\n"));
  return env.value;
}

function openData(): Db {
  const { dataDirectory } = readEnv();
  must(makeDataDirectory(dataDirectory));
  return must(openDatabase(dataDirectory));
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "unknown"); // an account that the system has no name for
  }
}
