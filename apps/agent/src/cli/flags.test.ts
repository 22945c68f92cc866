import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseConfig, parseFlags } from "./flags.ts";

const OPTIONS = {
  server: { type: "string" },
  userspace: { type: "boolean" },
  "state-dir": { type: "string" },
} as const;

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "pinhole-flags-"))));
afterEach(() => rmSync(folder, { recursive: true }));

test("the command line wins over the environment, the environment over the file", () => {
  const config = join(folder, "config");
  writeFileSync(config, "PINHOLE_SERVER=http://file\nPINHOLE_STATE_DIR=/file\nPINHOLE_USERSPACE=1\n");
  const env = { PINHOLE_CONFIG: config, PINHOLE_SERVER: "http://env", PINHOLE_STATE_DIR: "/env" };
  const flags = parseFlags(["--server", "http://flag"], OPTIONS, env);
  expect(flags.ok && flags.value.values).toEqual({ server: "http://flag", "state-dir": "/env", userspace: true });
});

test("a flag is switched off by its negation, or by a variable that says so", () => {
  const off = { userspace: false };
  const env = { PINHOLE_CONFIG: "/dev/null" };
  const flags = parseFlags(["--no-userspace"], OPTIONS, { ...env, PINHOLE_USERSPACE: "1" });
  expect(flags.ok && flags.value.values).toEqual(off);
  for (const text of ["0", "no", "off", "false"]) {
    const read = parseFlags([], OPTIONS, { ...env, PINHOLE_USERSPACE: text });
    expect(read.ok && read.value.values).toEqual(off);
  }
});

test("an empty variable counts as none", () => {
  const flags = parseFlags([], OPTIONS, { PINHOLE_CONFIG: "/dev/null", PINHOLE_SERVER: "" });
  expect(flags.ok && flags.value.values).toEqual({});
});

test("an unknown flag is named", () => {
  const flags = parseFlags(["--frobnicate"], OPTIONS, { PINHOLE_CONFIG: "/dev/null" });
  expect(flags).toMatchObject({ ok: false, error: expect.stringContaining("--frobnicate") });
});

test("a config file that was asked for must be readable", () => {
  expect(parseFlags([], OPTIONS, { PINHOLE_CONFIG: join(folder, "absent") })).toMatchObject({ ok: false });
});

test("a config file is lines of KEY=value, with comments and quotes", () => {
  expect([...parseConfig('# one\nPINHOLE_NAME="my nas"\n\nOTHER=1\n  PINHOLE_PORT = 41000  ')]).toEqual([
    ["PINHOLE_NAME", "my nas"],
    ["PINHOLE_PORT", "41000"],
  ]);
});
