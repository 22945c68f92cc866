/** Builds what has changed since it was built last: turbo knows by the hash of everything that goes in. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The dashboard's pages and the agent's bundle. @returns {boolean} Whether it succeeded; if not, why has been printed. */
export const ensureBuilt = () => build([]);

/** @returns {boolean} */
export const ensureAgentBuilt = () => build(["--filter=@pinhole/agent", "--only"]);

function build(/** @type {string[]} */ filter) {
  const startedAt = performance.now();
  const run = spawnSync(
    `${root}node_modules/.bin/turbo`,
    ["run", "build", "--output-logs=errors-only", "--log-order=grouped", ...filter],
    {
      cwd: root,
      encoding: "utf8",
      maxBuffer: 64 << 20,
      env: {
        ...process.env,
        PATH: `${root}node_modules/.bin:${process.env.PATH}`,
        TURBO_TELEMETRY_DISABLED: "1",
        NEXT_TELEMETRY_DISABLED: "1",
      },
    },
  );
  if (run.status !== 0) {
    console.error(`The build failed.\n${run.stdout ?? ""}${run.stderr ?? ""}${run.error?.message ?? ""}`);
    return false;
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  if (seconds > 3) console.log(`Built in ${seconds.toFixed(0)} s.`);
  return true;
}
