import { checkPolicy } from "@pinhole/protocol/policy";
import { policySetting } from "../server/policy/policy-setting.ts";
import { type Command, ExitCode, failed, parseFlags, usageError } from "./command.ts";
import { findTeam } from "./find-team.ts";

const usage = "usage: npm run -s admin -- policy check --team TEAM FILE";

/** Whether a policy document could be saved, as compilers say it: `FILE:LINE:COLUMN: …`. Changes nothing. */
export const policyCheck: Command = {
  usage,
  async run(argv, io) {
    const flags = parseFlags(argv, { team: { type: "string" } });
    if (!flags.ok) return usageError(io, flags.error, usage);
    const [file, ...rest] = flags.value.positionals;
    const { team: text } = flags.value.values;
    if (text === undefined || file === undefined || rest.length > 0)
      return usageError(io, "A team and one file are needed.", usage);

    const db = io.openDb();
    const team = findTeam(db, text);
    if (!team.ok) return failed(io, team.error);
    const name = file === "-" ? "stdin" : file;
    const place = ({ line, column }: { readonly line: number; readonly column: number }) => `${name}:${line}:${column}`;
    const checked = checkPolicy(io.readFile(file), policySetting(db, team.value.id, io.now()));
    if (!checked.ok) return failed(io, `${place(checked.error)}: fault: ${checked.error.message}`);
    const { warnings, failures } = checked.value;
    for (const warning of warnings) io.stdout(`${place(warning)}: warning: ${warning.message} (${warning.code})`);
    for (const failure of failures) io.stderr(`${place(failure)}: test failed: ${failure.message}`);
    if (failures.length > 0)
      return failed(io, `${failures.length} of the document's tests failed; it cannot be saved.`);
    io.stdout(`${name}: can be saved, ${warnings.length === 1 ? "1 warning" : `${warnings.length} warnings`}.`);
    return ExitCode.Ok;
  },
};
