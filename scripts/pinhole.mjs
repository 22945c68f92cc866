/** `npm run -s pinhole -- ARGS`: the agent's command line from a checkout, built where its sources are newer than the bundle. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ensureAgentBuilt } from "./build.mjs";

const bundle = fileURLToPath(new URL("../apps/agent/dist/pinhole.js", import.meta.url));

if (!ensureAgentBuilt()) process.exit(1);
const child = spawn(process.execPath, [bundle, ...process.argv.slice(2)], { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(code ?? (signal === null ? 1 : 130)));
