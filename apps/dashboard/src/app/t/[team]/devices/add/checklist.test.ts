import type { NatProfile } from "@pinhole/protocol/control";
import { expect, test } from "vitest";
import type { DeviceProgress, TokenProgress } from "@/trpc/outputs.ts";
import { checklist } from "./checklist.ts";

const SHOWN = new Date("2026-01-02T03:04:05Z");
const nat: NatProfile = {
  udp: "ok",
  mapping: "endpoint-independent",
  filtering: "address-and-port-dependent",
  publicEndpoints: [],
  confidence: 1,
  measuredAt: SHOWN.getTime(),
};

test("before anything happened it waits for the token, and says where to look after a minute", () => {
  expect(states({})).toEqual(["waiting", "ahead", "ahead", "ahead", "ahead"]);
  expect(helps({}, 60_000)).toEqual([]);
  expect(helps({}, 60_001)).toEqual([expect.stringContaining("check that the machine reaches http://hub:3000")]);
});

test.each(["expired", "revoked"] as const)("a token that is %s will not be used any more", (status) => {
  expect(states({ status })).toEqual(["failed", "ahead", "ahead", "ahead", "ahead"]);
});

test("a device that enrolled and is away waits for its session only", () => {
  expect(states({}, { online: false })).toEqual(["done", "done", "waiting", "ahead", "ahead"]);
  expect(helps({}, 10_000, { online: false })).toEqual([]);
  expect(helps({}, 16_000, { online: false })).toEqual([expect.stringContaining("its session is not open")]);
});

test("what is there already stays done when an earlier step is waited for", () => {
  expect(states({}, { online: false, natProfile: nat })).toEqual(["done", "done", "waiting", "done", "ahead"]);
});

test("everything done", () => {
  const firstPath = {
    peer: { id: "dev_2", name: "nas" },
    path: { kind: "direct", rttMs: 12.2, since: 5 },
    reason: null,
  } as const;
  const steps = run({}, 0, { natProfile: nat, firstPath });
  expect(steps.map(({ state }) => state)).toEqual(["done", "done", "done", "done", "done"]);
  expect(steps.at(-1)?.detail).toBe("laptop reaches nas directly, 12 ms");
});

test("a device that nobody has let in yet says so at once", () => {
  const waiting = { natProfile: nat, standing: "awaiting-approval" } as const;
  expect(states({}, waiting)).toEqual(["done", "done", "done", "done", "waiting"]);
  expect(helps({}, 0, waiting)).toEqual([expect.stringContaining("approve each device")]);
});

test("the first device of a team waits for no path", () => {
  expect(states({}, { natProfile: nat, hasPeers: false })).toEqual(["done", "done", "done", "done", "done"]);
});

type Options = [progress: Partial<TokenProgress>, elapsedMs?: number, device?: Partial<DeviceProgress>];

function run(...[progress, elapsedMs = 0, fields]: Options) {
  const device: DeviceProgress | undefined = fields && {
    id: "dev_1",
    name: "laptop",
    ipv4: "100.64.0.1",
    standing: "admitted",
    os: "linux",
    arch: "x64",
    agentVersion: "0.1.0",
    registeredAt: SHOWN,
    online: true,
    lastSeenAt: SHOWN,
    natProfile: null,
    firstPath: null,
    hasPeers: true,
    ...fields,
  };
  return checklist({
    progress: {
      id: "tok_1",
      name: "t",
      status: "usable",
      uses: 0,
      maxUses: 1,
      expiresAt: SHOWN,
      lastUsedAt: null,
      devices: [],
      ...progress,
    },
    device,
    serverUrl: "http://hub:3000",
    shownAt: SHOWN,
    now: SHOWN.getTime() + elapsedMs,
  });
}

function states(progress: Partial<TokenProgress>, device?: Partial<DeviceProgress>) {
  return run(progress, 0, device).map(({ state }) => state);
}

function helps(...options: Options) {
  return run(...options).flatMap(({ help }) => (help === null ? [] : [help]));
}
