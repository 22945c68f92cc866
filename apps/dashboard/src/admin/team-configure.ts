import { setSpraying } from "../server/teams/set-spraying.ts";
import { type Command, ExitCode, failed, parseFlags, usageError } from "./command.ts";
import { findTeam } from "./find-team.ts";

const usage = "usage: npm run -s admin -- team configure --team TEAM --spraying on|off";

const SWITCH: Readonly<Record<string, boolean>> = { on: true, off: false };

/** Settings of a team, without a browser. */
export const teamConfigure: Command = {
  usage,
  async run(argv, io) {
    const flags = parseFlags(argv, { team: { type: "string" }, spraying: { type: "string" } });
    if (!flags.ok) return usageError(io, flags.error, usage);
    const { team: text, spraying = "" } = flags.value.values;
    if (text === undefined || flags.value.positionals.length > 0) return usageError(io, "A team is needed.", usage);
    const maySpray = Object.hasOwn(SWITCH, spraying) ? SWITCH[spraying] : undefined;
    if (maySpray === undefined) return usageError(io, "--spraying is on or off.", usage);

    const db = io.openDb();
    const team = findTeam(db, text);
    if (!team.ok) return failed(io, team.error);
    const actor = { ...io.author, teamId: team.value.id, role: "owner", isSteppedUp: true } as const;
    const changed = setSpraying(db, actor, { maySpray }, io.now());
    if (!changed.ok) return failed(io, `There is no team ${text} on this server.`);
    io.stdout(`${changed.value.row.name}: spraying is ${spraying}.`);
    return ExitCode.Ok;
  },
};
