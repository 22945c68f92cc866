/**
 * `npm test`: installs what the tests need, runs everything, prints "N passed, N failed".
 *
 * Plain JavaScript for the machine's own Node (20 or newer): the first run on a fresh machine starts here.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureBuilt } from "./build.mjs";
import { ensureInstalled } from "./install.mjs";
import { ensureSystemPackages, testPackages } from "./system-packages.mjs";

const USAGE = `usage: npm test [-- SUITE…]

Runs the suites named, or all of them: check, unit, paths, interop, natlab, e2e.
Root on Debian or Ubuntu gets the system packages installed; elsewhere what is missing is named, and the run fails.`;

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = `${root}node_modules/.bin`;
const reports = mkdtempSync(join(tmpdir(), "pinhole-test-"));

/** Each suite leaves a report with its counts: what a runner prints is for people. */
const SUITES = {
  check: () => run("check", [`${bin}/node`, "scripts/check.mjs"], countOfCheck),
  unit: () => vitest("unit"),
  paths: () => vitest("paths"),
  interop: () => vitest("interop"),
  natlab: () => vitest("natlab"),
  e2e: () =>
    run(
      "e2e",
      [`${bin}/playwright`, "test", "-c", "tests/e2e/playwright.config.ts", "--reporter=list,json"],
      countOfPlaywright,
      {
        PLAYWRIGHT_JSON_OUTPUT_NAME: join(reports, "e2e.json"),
      },
    ),
};

const wanted = process.argv.slice(2);
if (wanted.includes("--help") || wanted.some((name) => !(name in SUITES))) {
  console.log(USAGE);
  process.exit(wanted.includes("--help") ? 0 : 2);
}
process.exit(main());

function main() {
  let passed = 0;
  let failed = 0;
  const fail = (words) => {
    console.error(words);
    failed++;
  };
  try {
    if (!ensureInstalled()) fail("Nothing was tested: the packages are not installed.");
    else {
      if (!ensureSystemPackages(testPackages)) fail("The suites that need the programs above fail or cannot run.");
      if (process.getuid?.() !== 0) fail("The network lab and the interop tests need root: run this as root.");
      if (!ensureBuilt()) fail("The suites that need the build fail.");
      for (const [name, suite] of Object.entries(SUITES)) {
        if (wanted.length > 0 && !wanted.includes(name)) continue;
        const counts = suite();
        passed += counts.passed;
        failed += counts.failed;
      }
    }
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
  if (passed === 0) failed ||= 1;
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

function vitest(project) {
  const report = join(reports, `${project}.json`);
  const argv = [
    `${bin}/node`,
    "node_modules/vitest/vitest.mjs",
    "run",
    "--project",
    project,
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
  ];
  return run(project, argv, () => countOfVitest(report));
}

/** A suite that ends badly without a failed test has failed all the same. */
function run(name, argv, count, env = {}) {
  console.log(`\n── ${name}`);
  const startedAt = performance.now();
  const result = spawnSync(argv[0], argv.slice(1), {
    cwd: root,
    stdio: name === "check" ? ["ignore", "pipe", "inherit"] : ["ignore", "inherit", "inherit"],
    encoding: "utf8",
    env: {
      ...process.env,
      PATH: `${bin}:${process.env.PATH}`,
      NEXT_TELEMETRY_DISABLED: "1",
      TURBO_TELEMETRY_DISABLED: "1",
      ...env,
    },
  });
  if (result.stdout) process.stdout.write(result.stdout);
  const counts = readCounts(() => count(result.stdout ?? ""));
  if (result.status !== 0 && counts.failed === 0) counts.failed = 1;
  console.log(
    `── ${name}: ${counts.passed} passed, ${counts.failed} failed in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`,
  );
  return counts;
}

function readCounts(count) {
  try {
    return count();
  } catch (error) {
    console.error(`There is no report: ${error instanceof Error ? error.message : String(error)}`);
    return { passed: 0, failed: 1 };
  }
}

function countOfVitest(report) {
  const { numPassedTests, numFailedTests, numTotalTests, testResults } = JSON.parse(readFileSync(report, "utf8"));
  // A file that does not even load has no failed test of its own.
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.every((one) => one.status !== "failed"),
  ).length;
  if (numTotalTests === 0) throw new Error("no test ran");
  return { passed: numPassedTests, failed: numFailedTests + broken };
}

function countOfPlaywright() {
  const { stats } = JSON.parse(readFileSync(join(reports, "e2e.json"), "utf8"));
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky + stats.skipped };
}

function countOfCheck(printed) {
  const match = /check: (\d+) passed, (\d+) failed/.exec(printed);
  if (match === null) throw new Error("the check did not end");
  return { passed: Number(match[1]), failed: Number(match[2]) };
}
