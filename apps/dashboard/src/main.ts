/**
 * The dashboard as a program.
 *
 * It replaces itself once by the same process under a small young generation: loading Next and the sources leaves behind
 * garbage that V8, which sizes itself by the machine, would otherwise keep as memory for good; 140 MB of it.
 */
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

const FLAG = "--max-semi-space-size";
const SEMI_SPACE_MB = 4;

if (
  !process.execArgv.some((argument) => argument.startsWith(FLAG)) &&
  typeof process.execve === "function" &&
  process.platform !== "win32"
) {
  const [node = process.execPath, ...rest] = process.argv;
  process.execve(process.execPath, [node, `${FLAG}=${SEMI_SPACE_MB}`, ...process.execArgv, ...rest], process.env);
}

// Stripped sources are kept, so that the next start need not strip them again.
enableCompileCache(fileURLToPath(new URL("../.next/cache/sources", import.meta.url)));
const { main } = await import("./serve.ts");
await main(process.argv.slice(2));
