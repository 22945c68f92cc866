import { StartProblem } from "../server/start-problem.ts";
import { backup } from "./backup.ts";
import { type Command, ExitCode, type Io } from "./command.ts";
import { mailTest } from "./mail-test.ts";
import { policyCheck } from "./policy-check.ts";
import { relayKey } from "./relay-key.ts";
import { resetPassword } from "./reset-password.ts";
import { resetSecondFactor } from "./reset-second-factor.ts";
import { setup } from "./setup.ts";
import { teamConfigure } from "./team-configure.ts";
import { teamCreate } from "./team-create.ts";
import { tokenCreate } from "./token-create.ts";

const COMMANDS: Readonly<Record<string, Command>> = {
  setup,
  "token create": tokenCreate,
  "team create": teamCreate,
  "team configure": teamConfigure,
  "policy check": policyCheck,
  "mail test": mailTest,
  backup,
  "reset-password": resetPassword,
  "reset-second-factor": resetSecondFactor,
  "relay-key": relayKey,
};

const USAGE = [
  "usage: npm run -s admin -- COMMAND …",
  "",
  "Works on the dashboard's data directory (PINHOLE_DATA_DIR), with the dashboard running or not.",
  "",
  ...Object.values(COMMANDS).map(({ usage }) => `  ${usage.replace("usage: npm run -s admin -- ", "")}`),
  "",
  "A FILE of - is standard input. Exit codes: 0 done, 1 failed or refused, 2 wrong usage.",
].join("\n");

export async function runAdmin(argv: readonly string[], io: Io): Promise<ExitCode> {
  const found = Object.entries(COMMANDS).find(([name]) => argv.slice(0, name.split(" ").length).join(" ") === name);
  const asksHelp = argv.includes("--help") || argv.includes("-h");
  if (found === undefined) {
    (asksHelp ? io.stdout : io.stderr)(USAGE);
    return asksHelp ? ExitCode.Ok : ExitCode.Usage;
  }
  const [name, command] = found;
  if (asksHelp) {
    io.stdout(command.usage);
    return ExitCode.Ok;
  }
  try {
    return await command.run(argv.slice(name.split(" ").length), io);
  } catch (error) {
    // Files that cannot be read or written, and data that cannot be opened, explain themselves.
    if (!(error instanceof StartProblem) && !isSystemError(error)) throw error;
    io.stderr(error.message);
    return ExitCode.Failed;
  }
}

function isSystemError(error: unknown): error is Error {
  return error instanceof Error && "syscall" in error;
}
