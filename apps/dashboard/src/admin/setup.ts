import { emailSchema, hashPassword, passwordSchema } from "../server/auth/password.ts";
import { displayNameSchema } from "../server/display-name.ts";
import { completeSetup } from "../server/setup/complete-setup.ts";
import { type Command, ExitCode, failed, parseFlags, usageError } from "./command.ts";

const usage = "usage: npm run -s admin -- setup --email EMAIL --password-file FILE --team TEAM [--name NAME] [--json]";

/** What the set-up page does, without a browser. Whoever can write the data directory needs no code. */
export const setup: Command = {
  usage,
  async run(argv, io) {
    const flags = parseFlags(argv, {
      email: { type: "string" },
      "password-file": { type: "string" },
      team: { type: "string" },
      name: { type: "string" },
      json: { type: "boolean" },
    });
    if (!flags.ok) return usageError(io, flags.error, usage);
    const {
      email: emailText,
      "password-file": passwordFile,
      team: teamText,
      name: nameText,
      json,
    } = flags.value.values;
    if (
      emailText === undefined ||
      passwordFile === undefined ||
      teamText === undefined ||
      flags.value.positionals.length > 0
    ) {
      return usageError(io, "An e-mail address, a file with the password and a team are needed.", usage);
    }
    const email = emailSchema.safeParse(emailText);
    if (!email.success) return usageError(io, `"${emailText}" is no e-mail address.`, usage);
    const team = displayNameSchema.safeParse(teamText);
    if (!team.success) return usageError(io, "The team's name must have 1 to 63 characters that can be seen.", usage);
    const name = displayNameSchema.safeParse(nameText ?? email.data.split("@")[0]);
    if (!name.success) return usageError(io, "The name must have 1 to 63 characters that can be seen.", usage);
    // The line's end belongs to the file, not to the password.
    const password = passwordSchema.safeParse(io.readFile(passwordFile).replace(/\r?\n$/, ""));
    if (!password.success) return failed(io, "The password must have 10 to 256 characters.");

    const input = {
      code: null,
      email: email.data,
      name: name.data,
      passwordHash: await hashPassword(password.data),
      teamName: team.data,
    };
    const done = completeSetup(io.openDb(), io.author, input, io.now());
    if (!done.ok) return failed(io, "This server has an owner already. Nothing was changed.");
    const { slug } = done.value.team;
    io.stdout(
      json === true
        ? JSON.stringify({ team: slug, email: email.data })
        : `${email.data} owns the team ${team.data}. Its pages are at /t/${slug}.`,
    );
    return ExitCode.Ok;
  },
};
