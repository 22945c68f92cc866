/** What `pinhole bench` says when there is nothing to measure, on a daemon that is not there. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BenchResponder } from "../bench/responder.ts";
import { type LocalHandler, openLocalApi } from "../daemon/local-api.ts";
import type { PingReply, Status } from "../daemon/local-messages.ts";
import { newLog } from "../log.ts";
import { StateStore } from "../state/store.ts";
import { bench } from "./bench.ts";

/** Of this machine's loopback network, so that nothing leaves it. */
const PEER = "127.9.8.7";
const REPLY: PingReply = { seq: 1, rttMs: 2, path: "relay", relay: "main" };

let folder: string;
let closers: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pinhole-bench-"));
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  rmSync(folder, { recursive: true });
});

test("nobody is measured while nothing runs", async () => {
  expect(await run("nas")).toMatchObject({ code: 3, stdout: "" });
});

test("a peer that is not there is no peer", async () => {
  await open({});
  expect(await run("phone")).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining('no peer "phone"') });
});

test("without an interface it says so", async () => {
  await open({ interface: null });
  expect(await run("nas")).toMatchObject({ code: 1, stderr: expect.stringContaining("--userspace") });
});

test("a peer that takes no part is told apart from one that is not there", async () => {
  await open({});
  expect(await run("nas")).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("nas takes no part") });
});

test.each(["NAS", PEER])("%s is measured, found by name or address", async (wanted) => {
  await open({});
  const log = newLog(
    () => undefined,
    "error",
    () => 0,
  );
  const responder = new BenchResponder({ addresses: [PEER], log });
  closers.push(() => responder.close());
  const measuring = expect.poll(() => run(wanted, "--seconds", "1", "--json"), { timeout: 10_000 });
  await measuring.toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/"peer":"nas".+"path":"relay","relay":"main"/),
  });
});

async function open(self: Partial<Status["self"]>): Promise<void> {
  const status: Status = {
    version: "1",
    self: {
      id: "dev_a",
      name: "laptop",
      team: "home",
      addresses: ["100.90.0.1"],
      online: true,
      interface: "pinhole0",
      natProfile: null,
      ...self,
    },
    peers: [
      {
        id: "dev_b",
        name: "nas",
        addresses: [PEER],
        online: true,
        path: { kind: "relay", since: new Date(0).toISOString() },
        rxBytes: 0,
        txBytes: 0,
        lastHandshakeAt: null,
      },
    ],
  };
  const handle: LocalHandler = async ({ op }, answer) =>
    answer(op === "status" ? { kind: "status", status } : { kind: "pong", reply: REPLY });
  const opened = await openLocalApi(StateStore.socketPathIn(folder), handle);
  if (!opened.ok) throw new Error(opened.error);
  closers.push(() => opened.value.close());
}

async function run(...args: readonly string[]) {
  const lines = { stdout: [] as string[], stderr: [] as string[] };
  const code = await bench.run([...args, "--state-dir", folder], {
    stdout: (line) => void lines.stdout.push(line),
    stderr: (line) => void lines.stderr.push(line),
    readStdin: async () => "",
    env: { PINHOLE_CONFIG: "/dev/null" },
    signal: new AbortController().signal,
  });
  return { code, stdout: lines.stdout.join("\n"), stderr: lines.stderr.join("\n") };
}
