import { VERSION } from "../version.ts";
import { type Command, ExitCode } from "./command.ts";
import { READING_FLAGS, readFlags } from "./reading.ts";

const USAGE = `usage: pinhole version [--json]

Prints the versions of the agent and of the Node that runs it.

Exit codes: 0 printed, 2 wrong usage.`;

export const version: Command = {
  name: "version",
  summary: "print the version",
  usage: USAGE,
  async run(argv, io) {
    const flags = readFlags(argv, READING_FLAGS, USAGE, io);
    if (!flags.ok) return flags.error;
    const runtime = process.version;
    io.stdout(
      flags.value.values.json === true
        ? JSON.stringify({ version: VERSION, node: runtime })
        : `pinhole ${VERSION} (Node ${runtime})`,
    );
    return ExitCode.Ok;
  },
};
