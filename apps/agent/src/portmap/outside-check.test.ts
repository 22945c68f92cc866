import { fromBase64Url } from "@pinhole/protocol";
import type { ReachabilityRequest } from "@pinhole/protocol/control";
import { encodeBindingIndication, encodeBindingSuccess } from "@pinhole/protocol/stun";
import { expect, test } from "vitest";
import { OutsideCheck, type Seen } from "./outside-check.ts";

const HOME = { address: "198.51.100.7", port: 41_000 };
const SEEN: Seen = { endpoint: { address: "198.51.100.7", port: 5_000 }, proof: new Uint8Array(16).fill(7) };

test("is reached when the token that was sent comes in", async () => {
  const run = new Run({ arrives: () => true });
  expect(await run.check.check(HOME)).toEqual({ kind: "reached", endpoint: HOME });
  expect(run.asked).toMatchObject([{ endpoint: "198.51.100.7:41000", seen: { endpoint: "198.51.100.7:5000" } }]);
});

test("is asked for three times, each with a token of its own, and then not reached", async () => {
  const run = new Run({ arrives: () => false });
  expect(await run.check.check(HOME)).toEqual({ kind: "not-reached" });
  expect(new Set(run.asked.map(({ token }) => token)).size).toBe(3);
});

test("is reached also when only the first of three comes, late", async () => {
  const run = new Run({ arrives: () => false });
  run.onAsked = () => {
    if (run.asked.length === 3) run.arrive(run.asked[0]!.token);
  };
  expect(await run.check.check(HOME)).toMatchObject({ kind: "reached" });
});

test("is not reached for a token that nobody waits for, or another message of STUN", async () => {
  const run = new Run({ arrives: () => false });
  run.onAsked = ({ token }) => {
    expect(run.check.onDatagram(encodeBindingIndication(new Uint8Array(12)))).toBe(true);
    const transactionId = fromBase64Url(token)!;
    expect(run.check.onDatagram(encodeBindingSuccess({ transactionId, mapped: HOME }))).toBe(false);
    expect(run.check.onDatagram(Uint8Array.of(1, 2, 3))).toBe(false);
  };
  expect(await run.check.check(HOME)).toEqual({ kind: "not-reached" });
});

test.each(["offline", "too-many-requests", "not-sendable", "address-not-yours"] as const)(
  "is unknown while the dashboard says %s",
  async (answer) => {
    const run = new Run({ answer });
    expect(await run.check.check(HOME)).toEqual({ kind: "unknown", because: answer });
  },
);

test("of a router behind another NAT is tried where servers see us", async () => {
  const run = new Run({ arrives: ({ endpoint }) => endpoint === "198.51.100.7:41000" });
  expect(await run.check.check({ address: "100.64.3.4", port: 41_000 })).toEqual({ kind: "reached", endpoint: HOME });
  expect(run.asked).toHaveLength(1);
});

test("of a router behind another NAT is unknown while no server sees us, and nobody is asked about a private address", async () => {
  const run = new Run({ arrives: () => true, seen: undefined });
  const verdict = await run.check.check({ address: "192.168.0.2", port: 41_000 });
  expect(verdict).toEqual({ kind: "unknown", because: "no-public-address" });
  expect(run.asked).toEqual([]);
});

type Script = {
  readonly arrives?: (request: ReachabilityRequest) => boolean;
  readonly answer?: "offline" | "too-many-requests" | "not-sendable" | "address-not-yours";
  readonly seen?: Seen | undefined;
};

class Run {
  readonly asked: ReachabilityRequest[] = [];
  onAsked: (request: ReachabilityRequest) => void = () => undefined;
  readonly check: OutsideCheck;

  constructor(script: Script) {
    this.check = new OutsideCheck({
      ask: async (request) => {
        this.asked.push(request);
        if (script.arrives?.(request) === true) this.arrive(request.token);
        this.onAsked(request);
        return script.answer ?? "sent";
      },
      whereSeen: async () => ("seen" in script ? script.seen : SEEN),
      patienceMs: 5,
    });
  }

  arrive(token: string): void {
    expect(this.check.onDatagram(encodeBindingIndication(fromBase64Url(token)!))).toBe(true);
  }
}
