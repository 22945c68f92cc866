import { capabilitiesOf } from "@pinhole/protocol/team";
import { loadServerKeys } from "../server/keys.ts";
import { createToken, tokenInputSchema } from "../server/tokens/create-token.ts";
import { type Command, ExitCode, failed, parseDuration, parseFlags, usageError } from "./command.ts";
import { findTeam } from "./find-team.ts";

const usage =
  "usage: npm run -s admin -- token create --team TEAM [--uses N] [--expires 1h] [--tag tag:NAME]… [--name NAME] [--ephemeral] [--pre-approved] [--json]";

/** Prints an enrollment token; with `--json`, `{ "token": "phk_…" }` and what is known of it. */
export const tokenCreate: Command = {
  usage,
  async run(argv, io) {
    const flags = parseFlags(argv, {
      team: { type: "string" },
      uses: { type: "string" },
      expires: { type: "string" },
      tag: { type: "string", multiple: true },
      name: { type: "string" },
      ephemeral: { type: "boolean" },
      "pre-approved": { type: "boolean" },
      json: { type: "boolean" },
    });
    if (!flags.ok) return usageError(io, flags.error, usage);
    const {
      team: teamText,
      uses,
      expires,
      tag,
      name,
      ephemeral,
      "pre-approved": isPreApproved,
      json,
    } = flags.value.values;
    if (teamText === undefined || flags.value.positionals.length > 0) return usageError(io, "A team is needed.", usage);
    const expiresInMs = expires === undefined ? undefined : parseDuration(expires);
    if (expiresInMs?.ok === false) return usageError(io, expiresInMs.error, usage);
    const input = tokenInputSchema.safeParse({
      name: name ?? "From the command line",
      maxUses: uses === undefined ? undefined : Number(uses),
      expiresInMs: expiresInMs?.value,
      tags: tag,
      ephemeral,
      isPreApproved,
    });
    if (!input.success)
      return usageError(
        io,
        input.error.issues.map(({ path, message }) => `${path.join(" ")}: ${message}`).join("\n"),
        usage,
      );

    const db = io.openDb();
    const team = findTeam(db, teamText);
    if (!team.ok) return failed(io, team.error);
    const actor = {
      ...io.author,
      teamId: team.value.id,
      role: "owner",
      capabilities: capabilitiesOf("owner"),
      isSteppedUp: true,
    } as const;
    const created = createToken(db, actor, { ...input.data, fingerprint: loadServerKeys(db).fingerprint }, io.now());
    if (!created.ok) return failed(io, "The team has too many tokens that can still be used. Revoke some.");

    const { row, token } = created.value;
    io.stdout(
      json === true
        ? JSON.stringify({ token, id: row.id, expiresAt: row.expiresAt.toISOString(), maxUses: row.maxUses })
        : token,
    );
    return ExitCode.Ok;
  },
};
