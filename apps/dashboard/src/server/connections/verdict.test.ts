import { reasonCodeSchema, type NatProfile, type PathState, type Reason } from "@pinhole/protocol/control";
import { describe, expect, test } from "vitest";
import type { NamedPath } from "./named-path.ts";
import { pairState, type Report } from "./pair-state.ts";
import { verdict } from "./verdict.ts";

const names = { a: "laptop", b: "nas" };
const ONLINE = { a: true, b: true };
const SILENT = { candidates: [], natProfile: null, trace: null };
const BLOCKED: NatProfile = {
  udp: "blocked",
  mapping: "unknown",
  filtering: "unknown",
  publicEndpoints: [],
  confidence: 0,
  measuredAt: 0,
};
const NOTHING = { a: SILENT, b: SILENT };

describe("the verdict", () => {
  test.each<[string, Partial<PathState>]>([
    ["laptop reaches nas directly, 12 ms.", { type: "punched", rttMs: 12.3 }],
    ["laptop reaches nas directly on the same network, 0.4 ms.", { type: "lan", rttMs: 0.42 }],
    ["laptop reaches nas directly over IPv6.", { type: "ipv6" }],
    ["laptop reaches nas directly through a port that a router opened, 20 ms.", { type: "mapped", rttMs: 20 }],
  ])("%s", (sentence, path) => {
    expect(say(report({ kind: "direct", ...path }))).toEqual({
      sentence,
      basis: null,
      facts: [],
      remedies: [],
    });
  });

  test("tells what was measured from what is only likely", () => {
    const reason: Reason = { code: "both_symmetric", side: "both", measured: true };
    const relayed = { kind: "relay", relay: "fra", rttMs: 48 } as const;
    expect(say(report(relayed, reason))).toMatchObject({
      sentence: "laptop reaches nas through relay fra, 48 ms: both NATs change ports per peer.",
      basis: "measured",
    });
    expect(say(report(relayed, { ...reason, measured: false }))).toMatchObject({
      sentence: "laptop reaches nas through relay fra, 48 ms, likely because both NATs change ports per peer.",
      basis: "likely",
    });
  });

  test("names a device that passes the packets on as one, and not one that has left", () => {
    const relayed = { kind: "relay", viaDevice: `dev_${"0a".repeat(16)}` } as const;
    expect(say(report({ ...relayed, relay: "ray" })).sentence).toMatch(/^laptop reaches nas through device ray\./);
    expect(say(report(relayed)).sentence).toMatch(/^laptop reaches nas through another device\./);
  });

  // What one side reported is all there is until an attempt ended; then both records decide.
  test("believes both sides' records before one side's word", () => {
    const reports = { a: report({ kind: "relay" }, { code: "probe_timeout", measured: false }), b: null };
    const drawing = (address: string): NatProfile => ({
      udp: "ok",
      mapping: "address-and-port-dependent",
      filtering: "address-and-port-dependent",
      allocation: { kind: "random", first: 1_024, last: 65_535 },
      publicEndpoints: [`${address}:40000`],
      confidence: 0.9,
      measuredAt: 0,
    });
    const evidence = {
      a: { ...SILENT, natProfile: drawing("198.51.100.1") },
      b: { ...SILENT, natProfile: drawing("198.51.100.2") },
    };
    const said = verdict({ names, isOnline: ONLINE, isTrying: false, state: pairState(reports, ONLINE), evidence });
    expect(said).toMatchObject({ basis: "measured", sentence: expect.stringContaining("both NATs change ports") });
    expect(said.facts[0]).toEqual({ words: "laptop's NAT draws a random port for each peer", measured: true });
    expect(said.remedies).toContain("Switch on UPnP, NAT-PMP or PCP on nas's router.");
  });

  test("does not look for a cause in old attempts when the policy keeps the pair on the relay", () => {
    const reports = { a: report({ kind: "relay" }, { code: "forced_relay", measured: true }), b: null };
    const blocked = { ...SILENT, natProfile: { ...BLOCKED, confidence: 1 } };
    const evidence = { a: blocked, b: SILENT };
    const { sentence } = verdict({
      names,
      isOnline: ONLINE,
      isTrying: false,
      state: pairState(reports, ONLINE),
      evidence,
    });
    expect(sentence).toBe("laptop reaches nas through the relay: the policy keeps the pair on the relay.");
  });

  // Seen on a path after its attempt had succeeded: what both sides recorded of that says nothing of it.
  test("believes a device that its direct path lost all long packets", () => {
    const reports = { a: report({ kind: "relay" }, { code: "mtu_blackhole", measured: true }), b: null };
    const blocked = { ...SILENT, natProfile: { ...BLOCKED, confidence: 1 } };
    const said = verdict({
      names,
      isOnline: ONLINE,
      isTrying: false,
      state: pairState(reports, ONLINE),
      evidence: { a: blocked, b: SILENT },
    });
    expect(said).toMatchObject({ basis: "measured", sentence: expect.stringContaining("large packets are lost") });
    expect(said.remedies).toHaveLength(1);
  });

  test("says so when nothing is known", () => {
    expect(say(report({ kind: "relay" }))).toMatchObject({
      basis: "unknown",
      sentence: expect.stringMatching(/is not known\.$/),
    });
    expect(say(null)).toMatchObject({ sentence: "laptop and nas have not tried to reach each other yet." });
  });

  // The device that reports calls itself `self`, whichever side of the pair it is.
  test.each(["a", "b"] as const)("names the device that the cause lies with, reported by %s", (reporter) => {
    const reason = { code: "udp_blocked_a", side: "self", measured: true } as const;
    const reports = { a: null, b: null, [reporter]: report({ kind: "relay" }, reason) };
    const { sentence } = verdict({
      names,
      isOnline: ONLINE,
      isTrying: false,
      state: pairState(reports, ONLINE),
      evidence: NOTHING,
    });
    expect(sentence).toContain(`no UDP leaves ${reporter === "a" ? "laptop" : "nas"}'s network`);
  });

  test.each([
    [{ a: false, b: true }, "laptop is offline."],
    [{ a: true, b: false }, "nas is offline."],
    [{ a: false, b: false }, "laptop and nas are both offline."],
  ])("claims no path of a device that is away: %j", (isOnline, sentence) => {
    const state = pairState({ a: report({ kind: "direct" }), b: report({ kind: "direct" }) }, isOnline);
    expect(verdict({ names, isOnline, isTrying: false, state, evidence: NOTHING }).sentence).toBe(sentence);
  });

  test.each(reasonCodeSchema.options)("has one plain sentence for %s", (code) => {
    for (const side of ["self", "peer", "both", undefined] as const) {
      const { sentence } = say(
        report({ kind: "relay" }, { code, measured: true, ...(side === undefined ? {} : { side }) }),
      );
      expect(sentence).toMatch(/^laptop [^!]+\.$/);
      expect(sentence).not.toMatch(/undefined|null|_/);
    }
  });
});

describe("the state of a pair", () => {
  test.each([
    ["direct", "direct", "direct", false],
    ["direct", "relay", "relay", true],
    ["none", "direct", "none", true],
  ] as const)("with %s one way and %s the other is %s", (one, other, kind, isOneSided) => {
    expect(pairState({ a: report({ kind: one }), b: report({ kind: other }) }, ONLINE)).toMatchObject({
      kind,
      isOneSided,
    });
  });

  test.each(["a", "b"] as const)("names each side's candidate, whoever reports: %s", (reporter) => {
    const path = { kind: "direct", localCandidate: "host", remoteCandidate: "mapped" } as const;
    const other = reporter === "a" ? "b" : "a";
    expect(pairState({ a: null, b: null, [reporter]: report(path) }, ONLINE).candidates).toEqual({
      [reporter]: "host",
      [other]: "mapped",
    });
  });
});

const report = (path: Partial<NamedPath> & Pick<NamedPath, "kind">, reason: Reason | null = null): Report => ({
  path: { since: 0, ...path },
  reason,
  updatedAt: new Date(0),
});

const say = (a: Report | null) =>
  verdict({
    names,
    isOnline: ONLINE,
    isTrying: false,
    state: pairState({ a, b: null }, ONLINE),
    evidence: NOTHING,
  });
