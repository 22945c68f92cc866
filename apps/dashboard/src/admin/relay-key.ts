import { loadServerKeys, relayPublicKey } from "../server/keys.ts";
import { type Command, ExitCode, parseFlags, usageError } from "./command.ts";

const usage = "usage: npm run -s admin -- relay-key [--json]";

/** Prints the public key that stand-alone relays check tickets with. No secret. */
export const relayKey: Command = {
  usage,
  async run(argv, io) {
    const flags = parseFlags(argv, { json: { type: "boolean" } });
    if (!flags.ok) return usageError(io, flags.error, usage);
    if (flags.value.positionals.length > 0) return usageError(io, "There is nothing to name.", usage);
    const key = relayPublicKey(loadServerKeys(io.openDb()));
    io.stdout(flags.value.values.json === true ? JSON.stringify({ key }) : key);
    return ExitCode.Ok;
  },
};
