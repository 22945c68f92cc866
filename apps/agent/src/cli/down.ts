/** `pinhole down`: stops the daemon. The enrollment stays. */
import { type Command, ExitCode } from "./command.ts";
import { askOnce } from "./local-client.ts";
import { READING_FLAGS, readFlags, reportLocalError, socketPath } from "./reading.ts";

const USAGE = `usage: pinhole down [--state-dir DIR]

Stops the agent on this machine and removes its interface. The device stays enrolled: \`pinhole up\`
starts it again without a token.

Exit codes: 0 stopped, 1 failed, 2 wrong usage, 3 was not running.`;

export const down: Command = {
  name: "down",
  summary: "stop the agent; the device stays enrolled",
  usage: USAGE,
  async run(argv, io) {
    const flags = readFlags(argv, READING_FLAGS, USAGE, io);
    if (!flags.ok) return flags.error;
    const answer = await askOnce(socketPath(flags.value.values["state-dir"], io), { op: "down" });
    if (!answer.ok) return reportLocalError(answer.error, io);
    if (answer.value.kind !== "done") return ExitCode.Failed;
    io.stdout("Pinhole is stopped. The device stays enrolled; `pinhole up` starts it again.");
    return ExitCode.Ok;
  },
};
