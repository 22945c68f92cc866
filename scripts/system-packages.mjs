/**
 * Brings the Debian packages that tests and the demo need, or says what is missing.
 *
 * Plain JavaScript without a dependency: it runs on the machine's own Node, before anything
 * of the project is installed.
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

/**
 * @typedef {{ command?: string, path?: string, package: string }} Need
 *   A program looked for on the search path, or a file, and the Debian package that has it.
 * @typedef {object} Machine
 * @property {(need: Need) => boolean} has
 * @property {boolean} isRoot
 * @property {boolean} isDebian Or a relative with the same package names.
 * @property {(argv: string[]) => boolean} run Whether it succeeded.
 * @property {(line: string) => void} print
 */

/** @type {readonly Need[]} */
const lab = [
  { command: "ip", package: "iproute2" },
  { command: "nft", package: "nftables" },
  { command: "ping", package: "iputils-ping" },
  { command: "sysctl", package: "procps" },
  { command: "curl", package: "curl" },
];

/** @type {readonly Need[]} */
export const testPackages = [
  ...lab,
  { command: "iperf3", package: "iperf3" },
  { command: "chromium", package: "chromium" },
  { command: "wireguard-go", package: "wireguard-go" },
  { command: "wg", package: "wireguard-tools" },
  { command: "turnserver", package: "coturn" },
  { command: "miniupnpd", package: "miniupnpd-nftables" },
  { command: "openssl", package: "openssl" },
];

/** @type {readonly Need[]} */
export const demoPackages = lab;

/**
 * Installs what is missing when it may, and otherwise prints what is missing and the command
 * that would install it.
 *
 * @param {readonly Need[]} needs
 * @param {Machine} machine
 * @returns {boolean} Whether everything is there at the end.
 */
export function ensureSystemPackages(needs, machine = thisMachine()) {
  const missing = needs.filter((need) => !machine.has(need));
  if (missing.length === 0) return true;
  const packages = [...new Set(missing.map((need) => need.package))];

  if (!machine.isDebian) {
    machine.print(`Missing: ${describe(missing)}.`);
    machine.print(`Install them with this system's package manager; on Debian they are ${packages.join(", ")}.`);
    return false;
  }
  if (!machine.isRoot) {
    machine.print(`Missing: ${describe(missing)}. Install with:`);
    machine.print(`  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages.join(" ")}`);
    return false;
  }

  machine.print(`Installing ${packages.join(", ")} …`);
  const installed =
    machine.run(aptGet("update")) && machine.run(aptGet("install", "-y", "--no-install-recommends", ...packages));
  const still = missing.filter((need) => !machine.has(need));
  if (still.length === 0) return true;
  machine.print(`${installed ? "Installed, and yet missing" : "apt-get failed. Missing"}: ${describe(still)}.`);
  return false;
}

/** @param {string[]} args */
function aptGet(...args) {
  // Another apt may be at work, the machine's nightly upgrade for example.
  return ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", ...args];
}

/** @param {readonly Need[]} needs */
function describe(needs) {
  return needs.map((need) => `${need.command ?? need.path} (package ${need.package})`).join(", ");
}

/** @returns {Machine} */
export function thisMachine() {
  return {
    has: isThere,
    isRoot: process.getuid?.() === 0,
    isDebian: isDebian(),
    run: runQuietly,
    print: (line) => console.log(line),
  };
}

/** @param {Need} need */
function isThere(need) {
  if (need.path) return existsSync(need.path);
  // A plain user's search path lacks the directories of root's tools, which are there all the same.
  const directories = [...(process.env.PATH ?? "").split(path.delimiter), "/usr/local/sbin", "/usr/sbin", "/sbin"];
  return directories.some((directory) => directory && isExecutable(path.join(directory, need.command ?? "")));
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isDebian() {
  if (!isThere({ command: "apt-get", package: "apt" })) return false;
  try {
    const release = readFileSync("/etc/os-release", "utf8");
    return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release);
  } catch {
    return false;
  }
}

/** @param {string[]} argv */
function runQuietly([command, ...args]) {
  const allowServices = forbidServices();
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const { status, stdout, stderr } = spawnSync(command ?? "", args, {
      env,
      encoding: "utf8",
      maxBuffer: 64 * 2 ** 20,
    });
    if (status !== 0) console.error(`${stdout ?? ""}${stderr ?? ""}`.trimEnd());
    return status === 0;
  } finally {
    allowServices();
  }
}

/**
 * A package may start its service when it is installed. Nobody asked for a TURN server on the
 * machine, and it would hold the very port on which the dashboard answers STUN.
 */
function forbidServices() {
  const policy = "/usr/sbin/policy-rc.d";
  if (!existsSync("/run/systemd/system") || existsSync(policy)) return () => {};
  const allow = () => rmSync(policy, { force: true });
  process.once("exit", allow);
  writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  return () => {
    allow();
    process.off("exit", allow);
  };
}
