import { mkdtempSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { askDaemon, askOnce } from "../cli/local-client.ts";
import { type LocalHandler, openLocalApi } from "./local-api.ts";

let folder: string;
let path: string;
let close: () => Promise<void> = async () => undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pinhole-api-"));
  path = join(folder, "s");
});
afterEach(async () => {
  await close();
  rmSync(folder, { recursive: true });
});

describe("the local API", () => {
  test("answers one request a connection", async () => {
    await open(async (request, answer) =>
      answer(request.op === "down" ? { kind: "done" } : { kind: "error", message: "no" }),
    );
    expect(await askOnce(path, { op: "down" })).toEqual({ ok: true, value: { kind: "done" } });
  });

  test("is a socket of its owner alone", async () => {
    await open(async () => undefined);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("hands several answers on, in order", async () => {
    await open(async (_, answer) => {
      for (const seq of [1, 2, 3]) answer({ kind: "pong", reply: { seq, rttMs: 1, path: "relay" } });
    });
    const seen: number[] = [];
    await askDaemon(path, { op: "ping", peer: "a", timeoutMs: 1 }, (answer) => {
      if (answer.kind === "pong") seen.push(answer.reply.seq);
    });
    expect(seen).toEqual([1, 2, 3]);
  });

  test("says what a handler threw", async () => {
    await open(async () => {
      throw new Error("the reason");
    });
    expect(await askOnce(path, { op: "status" })).toEqual({
      ok: false,
      error: { code: "failed", message: "the reason" },
    });
  });

  test.each(["{}\n", "nonsense\n", '{"op":"ping"}\n', `${"x".repeat(5_000)}`])("survives %j", async (bytes) => {
    await open(async (_, answer) => answer({ kind: "done" }));
    await new Promise<void>((resolve) => {
      const socket = connect(path, () => socket.write(bytes));
      socket.on("error", () => undefined);
      socket.on("close", () => resolve());
      socket.resume();
    });
    expect(await askOnce(path, { op: "down" })).toMatchObject({ ok: true });
  });

  test("nobody there is told apart from everything else", async () => {
    expect(await askOnce(path, { op: "status" })).toEqual({ ok: false, error: { code: "not-running" } });
  });

  async function open(handle: LocalHandler): Promise<void> {
    const opened = await openLocalApi(path, handle);
    if (!opened.ok) throw new Error(opened.error);
    close = () => opened.value.close();
  }
});
