/**
 * `npm run demo`: a dashboard with a team and six agents behind six kinds of network, on this machine alone.
 *
 * Plain JavaScript for the machine's own Node (20 or newer): the first run on a fresh machine starts here.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ensureBuilt } from "./build.mjs";
import { ensureInstalled } from "./install.mjs";
import { demoPackages, ensureSystemPackages } from "./system-packages.mjs";

const USAGE = `usage: npm run demo [-- --port PORT]

Runs a dashboard and six real agents, each behind another kind of NAT, in network namespaces. Needs Linux and root.
Ctrl-C removes all of it.

  --port PORT   where on 127.0.0.1 the dashboard is reached (3000, or another if that is taken)`;

const root = fileURLToPath(new URL("..", import.meta.url));

if (process.argv.includes("--help")) console.log(USAGE);
else if (!isPossible()) process.exitCode = 1;
else run();

function isPossible() {
  if (process.platform !== "linux") {
    console.error("The demo needs Linux: it makes network namespaces.");
    return false;
  }
  if (!ensureSystemPackages(demoPackages)) return false;
  if (process.getuid?.() !== 0) {
    console.error("The demo needs root, because it makes network namespaces. Run: sudo npm run demo");
    return false;
  }
  return ensureInstalled() && ensureBuilt();
}

function run() {
  const demo = spawn(`${root}node_modules/.bin/node`, [`${root}tests/demo/main.ts`, ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  // Ctrl-C reaches the whole group by itself; this waits for the way down to end.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => demo.kill(signal));
  demo.on("exit", (code) => {
    process.exitCode = code ?? 1;
  });
}
