import { forgetSecondFactor } from "../server/second-factor/change-second-factor.ts";
import { type Command, ExitCode, failed, parseFlags, usageError } from "./command.ts";
import { findAccount } from "./find-account.ts";

const usage = "usage: npm run -s admin -- reset-second-factor --email EMAIL";

/** For who lost the app and the recovery codes: the password is enough from here on. */
export const resetSecondFactor: Command = {
  usage,
  async run(argv, io) {
    const flags = parseFlags(argv, { email: { type: "string" } });
    if (!flags.ok) return usageError(io, flags.error, usage);
    const { email } = flags.value.values;
    if (email === undefined || flags.value.positionals.length > 0)
      return usageError(io, "An e-mail address is needed.", usage);
    const db = io.openDb();
    const found = findAccount(db, email);
    if (!found.ok) return failed(io, found.error);
    const account = found.value;
    const forgotten = db.transaction((tx) => forgetSecondFactor(tx, io.author, account, io.now()));
    if (!forgotten.ok) return failed(io, `${account.email} has no second factor. Nothing was changed.`);
    io.stdout(`${account.email} signs in with the password alone.`);
    return ExitCode.Ok;
  },
};
