/** Runs programs of the project one after another and says of each whether it succeeded and how long it took. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** @typedef {{ name: string, argv: string[], env?: Record<string, string> }} Step */

/** @param {readonly Step[]} steps Programs of node_modules/.bin; what a failing one printed is shown. */
export async function runSteps(steps) {
  let failed = 0;
  for (const { name, argv, env } of steps) {
    const startedAt = performance.now();
    const run = spawnSync(`${root}node_modules/.bin/${argv[0]}`, argv.slice(1), {
      cwd: root,
      encoding: "utf8",
      maxBuffer: 64 << 20,
      env: {
        ...process.env,
        PATH: `${root}node_modules/.bin:${process.env.PATH}`,
        TURBO_TELEMETRY_DISABLED: "1",
        NEXT_TELEMETRY_DISABLED: "1",
        ...env,
      },
    });
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    const succeeded = run.status === 0;
    console.log(`${succeeded ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
    if (succeeded) continue;
    failed++;
    console.log(`${run.stdout ?? ""}${run.stderr ?? ""}${run.error?.message ?? ""}`.trimEnd());
  }
  return { passed: steps.length - failed, failed };
}
