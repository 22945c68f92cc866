/**
 * `npm start`: installs and builds what has changed, then runs the dashboard on the Node that the project brings along.
 *
 * Plain JavaScript for the machine's own Node (20 or newer), without dependencies: on a fresh clone there are none yet.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ensureAgentBuilt, ensureBuilt } from "./build.mjs";
import { ensureInstalled } from "./install.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const OLDEST_NODE = 20;

const argv = process.argv.slice(2);
const unknown = argv.find((argument) => argument !== "--dev");
if (argv.includes("--help") || argv.includes("-h")) {
  process.stdout.write(readFileSync(`${root}apps/dashboard/usage.txt`));
} else if (unknown !== undefined) {
  console.error(`There is no option ${unknown}: settings are environment variables, such as PORT=3000.\n`);
  process.stderr.write(readFileSync(`${root}apps/dashboard/usage.txt`));
  process.exitCode = 2;
} else if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
  console.error(`This needs Node ${OLDEST_NODE} or newer, and runs on ${process.version}.`);
  process.exitCode = 1;
} else {
  const isReady = ensureInstalled() && (argv.includes("--dev") ? ensureAgentBuilt() : ensureBuilt());
  if (isReady) serve(argv);
  else process.exitCode = 1;
}

function serve(/** @type {string[]} */ flags) {
  const settings = existsSync(`${root}.env`) ? [`--env-file=${root}.env`] : [];
  const child = spawn(`${root}node_modules/.bin/node`, [...settings, `${root}apps/dashboard/src/main.ts`, ...flags], {
    cwd: root,
    stdio: "inherit",
  });
  // Passed on, for whoever signals this process alone; the dashboard takes the second of two for the first.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    console.error(`The dashboard could not be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}
