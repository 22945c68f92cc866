import { capabilitiesOf } from "@pinhole/protocol/team";
import { err, ok, type Result } from "@pinhole/protocol";
import { configureTeam, daysSchema, type TeamSettings } from "../server/teams/configure-team.ts";
import { type Command, ExitCode, failed, parseFlags, usageError } from "./command.ts";
import { findTeam } from "./find-team.ts";

const usage = `usage: npm run -s admin -- team configure --team TEAM [--spraying on|off] [--approval on|off]
                                           [--key-lifetime DAYS|never] [--remove-unseen DAYS|never]`;

/** Settings of a team, without a browser. */
export const teamConfigure: Command = {
  usage,
  async run(argv, io) {
    const flags = parseFlags(argv, {
      team: { type: "string" },
      spraying: { type: "string" },
      approval: { type: "string" },
      "key-lifetime": { type: "string" },
      "remove-unseen": { type: "string" },
    });
    if (!flags.ok) return usageError(io, flags.error, usage);
    const { team: text, ...values } = flags.value.values;
    if (text === undefined || flags.value.positionals.length > 0) return usageError(io, "A team is needed.", usage);
    const wanted = readSettings(values);
    if (!wanted.ok) return usageError(io, wanted.error, usage);

    const db = io.openDb();
    const team = findTeam(db, text);
    if (!team.ok) return failed(io, team.error);
    const actor = {
      ...io.author,
      teamId: team.value.id,
      role: "owner",
      capabilities: capabilitiesOf("owner"),
      isSteppedUp: true,
    } as const;
    const changed = configureTeam(db, actor, wanted.value, io.now());
    if (!changed.ok) return failed(io, `There is no team ${text} on this server.`);
    const { row } = changed.value;
    io.stdout(
      `${row.name}: spraying is ${onOff(row.maySpray)}, approval ${onOff(row.needsApproval)}, keys last ${daysWords(row.keyLifetimeDays)}, unseen devices stay ${daysWords(row.removeUnseenDays)}.`,
    );
    return ExitCode.Ok;
  },
};

type Flags = Readonly<Partial<Record<"spraying" | "approval" | "key-lifetime" | "remove-unseen", string>>>;

function readSettings(flags: Flags): Result<TeamSettings, string> {
  const [maySpray, needsApproval] = [flags.spraying, flags.approval].map(readSwitch);
  const [keyLifetimeDays, removeUnseenDays] = [flags["key-lifetime"], flags["remove-unseen"]].map(readDays);
  if (maySpray === "wrong") return err("--spraying is on or off.");
  if (needsApproval === "wrong") return err("--approval is on or off.");
  if (keyLifetimeDays === "wrong") return err("--key-lifetime is a number of days, or never.");
  if (removeUnseenDays === "wrong") return err("--remove-unseen is a number of days, or never.");
  const settings = { maySpray, needsApproval, keyLifetimeDays, removeUnseenDays };
  return Object.values(settings).every((value) => value === undefined)
    ? err("There is nothing to change.")
    : ok(settings);
}

function readSwitch(text: string | undefined): boolean | undefined | "wrong" {
  if (text === undefined) return undefined;
  return text === "on" ? true : text === "off" ? false : "wrong";
}

function readDays(text: string | undefined): number | null | undefined | "wrong" {
  if (text === undefined) return undefined;
  if (text === "never") return null;
  const days = daysSchema.safeParse(/^\d+$/.test(text) ? Number(text) : Number.NaN);
  return days.success ? days.data : "wrong";
}

const onOff = (value: boolean): string => (value ? "on" : "off");
const daysWords = (days: number | null): string => (days === null ? "for ever" : `${days} days`);
