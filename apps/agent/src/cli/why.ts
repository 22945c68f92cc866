/** `pinhole why PEER`: how a peer is reached, why not directly, and what would help. */
import { type Command, ExitCode } from "./command.ts";
import { formatWhy } from "./format-why.ts";
import { askOnce } from "./local-client.ts";
import { READING_FLAGS, readFlags, reportLocalError, socketPath } from "./reading.ts";

const USAGE = `usage: pinhole why PEER [--json] [--state-dir DIR]

Says of a peer (its name or overlay address) whether its path is direct, and if not: the cause, on which side it lies,
whether it was measured or is only likely, and what would help. Below that: both NATs, what each technique did, and the
last attempts. With the dashboard online, both devices' records are read; without, this device's own.

Exit codes: 0 said, 1 failed or no such peer, 2 wrong usage, 3 not running.`;

export const why: Command = {
  name: "why",
  summary: "why a peer is or is not reached directly",
  usage: USAGE,
  async run(argv, io) {
    const flags = readFlags(argv, READING_FLAGS, USAGE, io, 1);
    if (!flags.ok) return flags.error;
    const { values, positionals } = flags.value;
    const [peer = ""] = positionals;
    if (peer.trim() === "" || peer.length > 255) {
      io.stderr(`Say which peer: a name or an overlay address.\n\n${USAGE}`);
      return ExitCode.Usage;
    }
    const answer = await askOnce(socketPath(values["state-dir"], io), { op: "why", peer });
    if (!answer.ok) return reportLocalError(answer.error, io);
    if (answer.value.kind !== "why") return ExitCode.Failed;
    if (values.json === true) io.stdout(JSON.stringify(answer.value.why, undefined, 2));
    else for (const line of formatWhy(answer.value.why)) io.stdout(line);
    return ExitCode.Ok;
  },
};
