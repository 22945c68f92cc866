import { foundTeam, foundTeamSchema, MAX_OWNED_TEAMS } from "../server/teams/found-team.ts";
import { type Command, ExitCode, failed, parseFlags, usageError } from "./command.ts";
import { findAccount } from "./find-account.ts";

const usage = "usage: npm run -s admin -- team create --name NAME --owner EMAIL [--json]";

/** Another team, owned by an account that there is. Prints the part of its address. */
export const teamCreate: Command = {
  usage,
  async run(argv, io) {
    const flags = parseFlags(argv, {
      name: { type: "string" },
      owner: { type: "string" },
      json: { type: "boolean" },
    });
    if (!flags.ok) return usageError(io, flags.error, usage);
    const { name: nameText, owner, json } = flags.value.values;
    if (nameText === undefined || owner === undefined || flags.value.positionals.length > 0)
      return usageError(io, "A name and the e-mail address of an owner are needed.", usage);
    const input = foundTeamSchema.safeParse({ name: nameText });
    if (!input.success) return usageError(io, "A name has 1 to 63 visible characters.", usage);

    const db = io.openDb();
    const account = findAccount(db, owner);
    if (!account.ok) return failed(io, account.error);
    const founded = foundTeam(db, io.author, { ...input.data, ownerId: account.value.id }, io.now());
    if (!founded.ok)
      return failed(io, `${account.value.email} owns ${MAX_OWNED_TEAMS} teams already, as many as one person may.`);
    const { id, slug, name } = founded.value;
    io.stdout(json === true ? JSON.stringify({ id, slug, name }) : slug);
    return ExitCode.Ok;
  },
};
