import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type LabOptions, THEIR_ADDRESS, WireGuardLab } from "./wireguard-lab.ts";

const presharedKey = randomBytes(32).toString("base64");
const isRoot = process.getuid?.() === 0;

// Each in a namespace of its own, and most of the time waiting for a timer of wireguard-go's.
describe.runIf(isRoot).concurrent("our WireGuard and wireguard-go", () => {
  test.each<[string, LabOptions]>([
    ["without a preshared key", {}],
    ["with one", { ourPresharedKey: presharedKey, theirPresharedKey: presharedKey }],
  ])("as initiator %s: echoes pass both ways, at all sizes up to the MTU", async (_, options) => {
    await using lab = await WireGuardLab.open(options);
    lab.tell({ do: "initiate" });
    await lab.next("complete");
    await echoBothWays(lab);
    expect((await lab.show()).latestHandshake).toBeGreaterThan(0);
  });

  test.each<[string, LabOptions]>([
    ["without a preshared key", {}],
    ["with one", { ourPresharedKey: presharedKey, theirPresharedKey: presharedKey }],
  ])("as responder %s: the kernel's first packet opens the tunnel", async (_, options) => {
    await using lab = await WireGuardLab.open(options);
    expect(await lab.pingFromKernel()).toBe(true);
    expect(await lab.next("input")).toMatchObject({ result: "handshake", type: 1 });
    await echoBothWays(lab);
  });

  test("do not understand each other with different preshared keys", async () => {
    await using lab = await WireGuardLab.open({
      ourPresharedKey: presharedKey,
      theirPresharedKey: randomBytes(32).toString("base64"),
    });
    lab.tell({ do: "initiate" });
    expect(await lab.next("input")).toMatchObject({ result: "dropped-forged", type: 2 });
  });

  test("count the same transfer", async () => {
    await using lab = await WireGuardLab.open();
    ping(lab, 1, 100);
    await lab.next("echo", ({ kind }) => kind === "reply");
    lab.tell({ do: "count" });
    const ours = await lab.next("counted");
    expect(await lab.show()).toMatchObject({ rxBytes: ours.txBytes, txBytes: ours.rxBytes });
  });

  test("both beginning at once, are through without a retry", async () => {
    await using lab = await WireGuardLab.open();
    const answered = lab.pingFromKernel(56, 3);
    lab.tell({ do: "initiate" });
    expect(await answered).toBe(true);
    await echoBothWays(lab);
  });

  test("rekey when we say so, after 120 s, and no echo is lost", async () => {
    await using lab = await WireGuardLab.open();
    lab.tell({ do: "initiate" });
    await lab.next("complete");
    await echoBothWays(lab);
    for (let rekey = 0; rekey < 3; rekey++) {
      lab.drain();
      lab.tell({ do: "advance", ms: 121_000 });
      ping(lab, 7, 64);
      await lab.next("echo", ({ kind, sequence }) => kind === "reply" && sequence === 7);
      await lab.next("complete");
      await echoBothWays(lab);
    }
  });

  test("handshake anew when wireguard-go says so, because it hears nothing for 15 s", async () => {
    await using lab = await WireGuardLab.open();
    lab.tell({ do: "initiate" });
    await lab.next("complete");
    lab.tell({ do: "lose-data", on: true });
    expect(await lab.pingFromKernel(56, 1)).toBe(false);
    await lab.next("input", ({ result, type }) => result === "handshake" && type === 1, 25_000);
    lab.tell({ do: "lose-data", on: false });
    expect(await lab.pingFromKernel()).toBe(true);
    await echoBothWays(lab);
  });

  test("take each other's keepalives: theirs", async () => {
    await using lab = await WireGuardLab.open({ theirKeepaliveSeconds: 1 });
    for (let i = 0; i < 3; i++) await lab.next("input", ({ result }) => result === "keepalive");
  });

  test("take each other's keepalives: ours", async ({ expect }) => {
    await using lab = await WireGuardLab.open({ ourKeepaliveMs: 25_000 });
    await lab.next("complete");
    const handshake = 148 + 32;
    for (let keepalives = 0; keepalives < 3; keepalives++) {
      await expect.poll(async () => (await lab.show()).rxBytes).toBe(handshake + keepalives * 32);
      lab.tell({ do: "advance", ms: 25_000 });
    }
  });

  test("get in with a cookie while we are under load", async () => {
    await using lab = await WireGuardLab.open();
    lab.tell({ do: "load", on: true });
    const answered = lab.pingFromKernel(56, 10);
    expect(await lab.next("input")).toMatchObject({ result: "cookie-sent", type: 1 });
    expect(await lab.next("input")).toMatchObject({ result: "handshake", type: 1 });
    expect(await answered).toBe(true);
  });
});

// Alone, because it keeps every core busy.
describe.runIf(isRoot)("our WireGuard and a wireguard-go under load", () => {
  test("get in with a cookie", async () => {
    await using lab = await WireGuardLab.open();
    lab.tell({ do: "flood", on: true });
    await initiateUntil(lab, "cookie");
    await initiateUntil(lab, "handshake");
    lab.tell({ do: "flood", on: false });
    await untilEchoed(lab);
    await echoBothWays(lab);
  });
});

async function echoBothWays(lab: WireGuardLab): Promise<void> {
  for (const [i, bytes] of [0, 1, 56, 1_000, 1_392].entries()) {
    lab.drain();
    ping(lab, i, bytes);
    expect(await lab.next("echo")).toEqual({ report: "echo", kind: "reply", sequence: i, bytes });
    expect(await lab.pingFromKernel(bytes)).toBe(true);
  }
}

function ping(lab: WireGuardLab, sequence: number, bytes: number): void {
  lab.tell({ do: "ping", to: THEIR_ADDRESS, sequence, bytes });
}

/** What the flood left in the responder's queues takes the first packets with it. */
async function untilEchoed(lab: WireGuardLab): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    ping(lab, 1_000 + attempt, 56);
    if ((await lab.next("echo", () => true, 1_000).catch(() => undefined)) !== undefined) return;
  }
  throw new Error("no echo in 20 attempts");
}

/** A busy responder loses some of what it is sent, so one question may not be enough. */
async function initiateUntil(lab: WireGuardLab, result: "cookie" | "handshake"): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    lab.tell({ do: "advance", ms: 1_001 });
    lab.tell({ do: "initiate" });
    const found = await lab.next("input", (input) => input.result === result, 1_000).catch(() => undefined);
    if (found !== undefined) return;
  }
  throw new Error(`no ${result} in 20 attempts`);
}
