/** `pinhole status`: this device and its peers, one line each. */
import { wallMs } from "../clock.ts";
import { type Command, ExitCode } from "./command.ts";
import { formatStatus } from "./format-status.ts";
import { askOnce } from "./local-client.ts";
import { READING_FLAGS, readFlags, reportLocalError, socketPath } from "./reading.ts";

const USAGE = `usage: pinhole status [--json] [--state-dir DIR]

Shows this device and every peer it may talk to: address, name, online or offline, and the path:
direct with the endpoint and round trip, or the relay with the reason.

Exit codes: 0 shown, 1 failed, 2 wrong usage, 3 not running.`;

export const status: Command = {
  name: "status",
  summary: "this device, its peers and the path to each",
  usage: USAGE,
  async run(argv, io) {
    const flags = readFlags(argv, READING_FLAGS, USAGE, io);
    if (!flags.ok) return flags.error;
    const answer = await askOnce(socketPath(flags.value.values["state-dir"], io), { op: "status" });
    if (!answer.ok) return reportLocalError(answer.error, io);
    if (answer.value.kind !== "status") return ExitCode.Failed;
    if (flags.value.values.json === true) io.stdout(JSON.stringify(answer.value.status, undefined, 2));
    else for (const line of formatStatus(answer.value.status, wallMs())) io.stdout(line);
    return ExitCode.Ok;
  },
};
