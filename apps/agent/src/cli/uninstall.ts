/** `pinhole uninstall`: takes back everything that the install script and the agent put on this machine. */
import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, readlinkSync, rmSync } from "node:fs";
import { createInterface } from "node:readline/promises";
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

Exit codes: 0 removed, 1 not removed.`;

const FLAGS = { ...READING_FLAGS, yes: { type: "boolean", short: "y" } } as const;

export const uninstall: Command = {
  name: "uninstall",
  summary: "remove the agent, its keys and its service",
  usage: USAGE,
  async run(argv, io) {
    const flags = readFlags(argv, FLAGS, USAGE, io);
    if (!flags.ok) return flags.error;
    const { values } = flags.value;
    const stateDirectory = values["state-dir"] ?? defaultStateDirectory(io.env, process.getuid?.());
    if (values.yes !== true && !(await confirm(stateDirectory, io))) return ExitCode.Failed;
    await askOnce(socketPath(stateDirectory, io), { op: "down" });
    for (const path of [UNIT, CONFIG_DIRECTORY, stateDirectory]) remove(path, io);
    if (isOurs(PROGRAM_LINK)) remove(PROGRAM_LINK, io);
    remove(PROGRAM_DIRECTORY, io);
    io.stdout("Pinhole is removed from this machine. Revoke the device in the dashboard, if that has not been done.");
    return ExitCode.Ok;
  },
};

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
  if (!existsSync(path)) return;
  if (path === UNIT) execFileSync("systemctl", ["disable", "--now", "pinhole.service"], { stdio: "ignore" });
  rmSync(path, { recursive: true, force: true });
  io.stdout(`Removed ${path}.`);
}

const isOurs = (link: string): boolean =>
  lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() === true &&
  readlinkSync(link).startsWith(PROGRAM_DIRECTORY);
