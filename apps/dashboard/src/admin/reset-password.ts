import { randomBytes } from "node:crypto";
import { hashPassword, passwordSchema } from "../server/auth/password.ts";
import { setPassword } from "../server/auth/set-password.ts";
import { type Command, ExitCode, failed, parseFlags, usageError } from "./command.ts";
import { findAccount } from "./find-account.ts";

const usage = "usage: npm run -s admin -- reset-password --email EMAIL [--password-file FILE]";

/** Gives an account a new password, of its own making unless a file has one, and ends all its sessions and passkeys. */
export const resetPassword: Command = {
  usage,
  async run(argv, io) {
    const flags = parseFlags(argv, { email: { type: "string" }, "password-file": { type: "string" } });
    if (!flags.ok) return usageError(io, flags.error, usage);
    const { email, "password-file": file } = flags.value.values;
    if (email === undefined || flags.value.positionals.length > 0)
      return usageError(io, "An e-mail address is needed.", usage);
    const db = io.openDb();
    const found = findAccount(db, email);
    if (!found.ok) return failed(io, found.error);
    const account = found.value;

    const password =
      file === undefined ? randomBytes(15).toString("base64url") : io.readFile(file).replace(/\r?\n$/, "");
    if (!passwordSchema.safeParse(password).success) return failed(io, "The password must have 10 to 256 characters.");
    setPassword(db, io.author, { userId: account.id, passwordHash: await hashPassword(password) }, io.now());
    io.stdout(file === undefined ? password : `${account.email} has the new password, and is signed out everywhere.`);
    return ExitCode.Ok;
  },
};
