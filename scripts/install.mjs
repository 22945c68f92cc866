/** Brings node_modules in line with the lockfile, when it is not. Plain JavaScript for the machine's own Node. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const record = `${root}node_modules/.pinhole-installed`;

/** @returns {boolean} Whether everything is installed; what went wrong has been printed. */
export function ensureInstalled() {
  const wanted = createHash("sha256")
    .update(readFileSync(`${root}package-lock.json`))
    .digest("hex");
  if (existsSync(record) && readFileSync(record, "utf8") === wanted) return true;
  console.log("Installing packages …");
  const startedAt = performance.now();
  // Not `npm ci`: it insists on the optional packages of every platform, which a mirror need not have. Versions are the
  // lockfile's all the same, and nothing is written to it. Without install scripts: native parts come prebuilt in their
  // packages, and a compiler must not be needed; only `node` puts its program in place by one.
  const npm = (/** @type {string[]} */ ...argv) =>
    spawnSync("npm", [...argv, "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
    });
  const installed = npm("install", "--no-save", "--include=dev", "--ignore-scripts");
  const run = installed.status === 0 ? npm("rebuild", "node", "--ignore-scripts=false") : installed;
  if (run.status !== 0) {
    console.error(
      `The packages could not be installed${run.error === undefined ? "" : `: ${run.error.message}`}. Is npm there, and the registry reachable?`,
    );
    return false;
  }
  writeFileSync(record, wanted);
  console.log(`Installed in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s.`);
  return true;
}
