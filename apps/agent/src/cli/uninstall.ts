/** `pinhole uninstall`: takes back everything that the install script and the agent put on this machine. */
import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, readdirSync, readlinkSync, rmdirSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { removeGuard } from "../datapath/tun/overlay-guard.ts";
import { StateStore } from "../state/store.ts";
import { DEFAULT_INTERFACE } from "../state/settings.ts";
import { type Command, ExitCode, type Io } from "./command.ts";
import { askOnce } from "./local-client.ts";
import { READING_FLAGS, readFlags, socketPath } from "./reading.ts";
import { defaultStateDirectory } from "./state-directory.ts";

const PROGRAM_DIRECTORY = "/opt/pinhole";
const PROGRAM_LINK = "/usr/local/bin/pinhole";
const UNIT = "/etc/systemd/system/pinhole.service";
const CONFIG_DIRECTORY = "/etc/pinhole";

const USAGE = `usage: pinhole uninstall [--yes] [--state-dir DIR]

Stops the agent and removes the program, its service, its keys and its netmap from this machine. Without its keys
the device cannot come back: adding the machine again makes a new device. Its row stays in the dashboard until an
admin revokes it there.

  --yes   do not ask

Exit codes: 0 removed, 1 not removed, 2 wrong usage.`;

const FLAGS = { ...READING_FLAGS, yes: { type: "boolean", short: "y" } } as const;

export const uninstall: Command = {
  name: "uninstall",
  summary: "remove the agent, its keys and its service",
  usage: USAGE,
  async run(argv, io) {
    const flags = readFlags(argv, FLAGS, USAGE, io);
    if (!flags.ok) return flags.error;
    const { values } = flags.value;
    const stateDirectory = resolve(values["state-dir"] ?? defaultStateDirectory(io.env, process.getuid?.()));
    if (values.yes !== true && !(await confirm(stateDirectory, io))) return ExitCode.Failed;
    try {
      await uninstallAll(stateDirectory, io);
    } catch (error) {
      io.stderr(
        `Not everything was removed: ${error instanceof Error ? error.message : String(error)}. Run it as root.`,
      );
      return ExitCode.Failed;
    }
    io.stdout("Pinhole is removed from this machine. Revoke the device in the dashboard, if that has not been done.");
    return ExitCode.Ok;
  },
};

async function uninstallAll(stateDirectory: string, io: Io): Promise<void> {
  // The service first, or it starts again what is stopped.
  if (existsSync(UNIT)) {
    systemctl("disable", "--now", "pinhole.service");
    remove(UNIT, io);
    systemctl("daemon-reload");
  }
  const stopped = await askOnce(socketPath(stateDirectory, io), { op: "down" });
  if (!stopped.ok && stopped.error.code === "failed") throw new Error(stopped.error.message);
  await removeGuard(interfaceOf(stateDirectory)); // a crashed agent leaves it; without nft there is none
  removeState(stateDirectory, io);
  remove(CONFIG_DIRECTORY, io);
  if (isOurs(PROGRAM_LINK)) remove(PROGRAM_LINK, io);
  remove(PROGRAM_DIRECTORY, io);
}

/** What the agent put there, file by file: a directory that was named by mistake keeps what is in it. */
function removeState(directory: string, io: Io): void {
  if (!existsSync(directory)) return;
  for (const path of StateStore.filesIn(directory)) rmSync(path, { force: true });
  if (readdirSync(directory).length === 0) {
    rmdirSync(directory);
    io.stdout(`Removed ${directory}.`);
  } else io.stdout(`Removed the agent's files in ${directory}; what else is there stays.`);
}

function interfaceOf(directory: string): string {
  try {
    return (existsSync(directory) ? new StateStore(directory).load("settings")?.tun : null) ?? DEFAULT_INTERFACE;
  } catch {
    return DEFAULT_INTERFACE; // damaged: it goes anyway
  }
}

/** It may be that systemd does not run, or does not know the unit. */
function systemctl(...args: readonly string[]): void {
  try {
    execFileSync("systemctl", args, { stdio: "ignore", timeout: 30_000 });
  } catch {
    // The unit's file is removed either way.
  }
}

async function confirm(stateDirectory: string, io: Io): Promise<boolean> {
  if (!process.stdin.isTTY) {
    io.stderr("Nothing was removed: say --yes where nobody can be asked.");
    return false;
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await prompt.question(`Remove Pinhole and the keys in ${stateDirectory}? [y/N] `);
  prompt.close();
  return /^y(es)?$/i.test(answer.trim());
}

function remove(path: string, io: Io): void {
  if (!existsSync(path) && !isOurs(path)) return;
  rmSync(path, { recursive: true, force: true });
  io.stdout(`Removed ${path}.`);
}

const isOurs = (link: string): boolean =>
  lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() === true &&
  readlinkSync(link).startsWith(PROGRAM_DIRECTORY);
