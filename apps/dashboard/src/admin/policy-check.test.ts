import { insertDevice, insertTeam, openTestDb } from "@pinhole/drizzle/testing";
import { expect, test } from "vitest";
import { NOW } from "../server/testing.ts";
import { ExitCode } from "./command.ts";
import { runAdmin } from "./run-admin.ts";

const WIDE = `{ "grants": [{ "src": ["*"], "dst": ["*"], "ip": ["*"] }] }`;

test("warnings go out by line and do not fail", async () => {
  expect(await check(WIDE)).toEqual({
    code: ExitCode.Ok,
    stdout: [
      "p.jsonc:1:14: warning: lets every device reach every other one on every port (too-wide)",
      "p.jsonc: can be saved, 1 warning.",
    ],
    stderr: [],
  });
});

test("a fault, and a test that is not kept, fail", async () => {
  expect(await check(`{\n  "grant": [] }`)).toMatchObject({
    code: ExitCode.Failed,
    stderr: ["p.jsonc:2:12: fault: unknown key grant"],
  });
  const refused = await check(`{ "grants": [],\n"tests": [{ "src": "*", "accept": ["*:22"] }] }`);
  expect(refused).toMatchObject({
    code: ExitCode.Failed,
    stderr: [
      "p.jsonc:2:36: test failed: * cannot reach *:22 over tcp, and must",
      "1 of the document's tests failed; it cannot be saved.",
    ],
  });
});

test("wants a team that there is, and one file", async () => {
  expect(await check(WIDE, "--team", "nowhere", "p.jsonc")).toMatchObject({ code: ExitCode.Failed });
  expect(await check(WIDE, "--team", "ours")).toMatchObject({ code: ExitCode.Usage });
  expect(await check(WIDE, "p.jsonc")).toMatchObject({ code: ExitCode.Usage });
});

async function check(document: string, ...argv: string[]) {
  const db = openTestDb();
  const { id: teamId } = insertTeam(db, { slug: "ours" });
  for (const name of ["laptop", "nas"]) insertDevice(db, { teamId, name });
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const code = await runAdmin(["policy", "check", ...(argv.length > 0 ? argv : ["--team", "ours", "p.jsonc"])], {
    stdout: (line) => void stdout.push(line),
    stderr: (line) => void stderr.push(line),
    openDb: () => db,
    readEnv: () => ({ mail: undefined, url: undefined }),
    readFile: () => document,
    resolvePath: (path) => path,
    now: () => NOW,
    author: { kind: "command-line", id: null, name: "test", address: null },
  });
  return { code, stdout, stderr };
}
