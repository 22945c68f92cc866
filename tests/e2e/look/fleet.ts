/** A believable team for looking at the pages: nine devices, every kind of path, attempts with their traces, an hour of measurements. */
import type { Db } from "@pinhole/drizzle";
import { type Device, device, metricSample, newId, type Team } from "@pinhole/drizzle/schema";
import {
  insertDevice,
  insertEnrollmentToken,
  insertPairPath,
  insertPathAttempt,
  insertPolicyVersion,
} from "@pinhole/drizzle/testing";
import {
  type AttemptTrace,
  type Candidate,
  MAIN_RELAY,
  type NatProfile,
  type PathState,
  type Reason,
  type TraceEvent,
} from "@pinhole/protocol/control";
import { eq } from "drizzle-orm";
import { newIdentity, type TestIdentity } from "../../../apps/dashboard/src/server/agent/testing.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export type Member = { readonly row: Device; readonly identity: TestIdentity; readonly isOnline: boolean };

const easy = nat("endpoint-independent", "address-and-port-dependent", "203.0.113.7:40112");
const hard = nat(
  "address-and-port-dependent",
  "address-and-port-dependent",
  "198.51.100.23:51877",
  "198.51.100.23:51901",
);
const open = nat("none", "endpoint-independent", "192.0.2.80:41641");

export function seedFleet(db: Db, team: Team, now: number): Member[] {
  const add = (name: string, isOnline: boolean, fields: Partial<Device> = {}): Member => {
    const identity = newIdentity();
    const row = insertDevice(db, {
      teamId: team.id,
      name,
      hostname: `${name}.local`,
      identityKey: identity.publicKey,
      os: "linux",
      candidates: candidatesOf(fields.natProfile ?? null),
      createdAt: new Date(now - 40 * DAY),
      lastSeenAt: new Date(now - MINUTE),
      ...fields,
    });
    return { row, identity, isOnline };
  };

  const token = insertEnrollmentToken(db, {
    teamId: team.id,
    name: "Berlin servers",
    maxUses: 10,
    uses: 3,
    tags: ["tag:server", "tag:berlin"],
    expiresAt: new Date(now + 6 * DAY),
    lastUsedAt: new Date(now - 3 * HOUR),
  });
  insertEnrollmentToken(db, {
    teamId: team.id,
    name: "CI runners",
    maxUses: 100,
    uses: 41,
    ephemeral: true,
    expiresAt: new Date(now - 2 * DAY),
    createdAt: new Date(now - 32 * DAY),
  });
  insertEnrollmentToken(db, {
    teamId: team.id,
    name: "New device",
    uses: 1,
    createdAt: new Date(now - 40 * DAY),
    expiresAt: new Date(now - 40 * DAY + HOUR),
  });
  insertEnrollmentToken(db, {
    teamId: team.id,
    name: "Shared by mistake",
    maxUses: 5,
    revokedAt: new Date(now - 9 * DAY),
    createdAt: new Date(now - 10 * DAY),
    expiresAt: new Date(now + 20 * DAY),
  });

  const members = {
    laptop: add("laptop", true, { natProfile: easy }),
    nas: add("nas", true, { natProfile: easy, tags: ["tag:server"] }),
    vps: add("vps-frankfurt", true, { natProfile: open, tags: ["tag:server", "tag:public"], arch: "arm64" }),
    office: add("office-pc", true, { natProfile: hard }),
    phone: add("phone-hotspot", true, { natProfile: hard }),
    printer: add("print-server", true, {
      natProfile: { ...easy, udp: "blocked", mapping: "unknown", filtering: "unknown", publicEndpoints: [] },
      enrolledWith: token.id,
    }),
    runner: add("runner-7f3a", true, { ephemeral: true, tags: ["tag:ci"], natProfile: null, awaitsApproval: true }),
    tablet: add("old-tablet", false, {
      lastSeenAt: new Date(now - 3 * DAY),
      natProfile: easy,
      agentVersion: "0.0.9",
      keyExpiresAt: new Date(now + 6 * DAY),
    }),
    sensor: add("greenhouse-sensor-with-a-rather-long-name", false, {
      lastSeenAt: null,
      arch: "arm",
      keyExpiresAt: new Date(now - DAY),
      keyExpiredAt: new Date(now - DAY),
    }),
  };
  const { laptop, nas, vps, office, phone, printer, tablet } = members;
  const punched = (rttMs: number, ago: number): PathState => ({
    kind: "direct",
    type: "punched",
    endpoint: "203.0.113.7:40112",
    rttMs,
    since: now - ago,
    localCandidate: "server-reflexive",
    remoteCandidate: "server-reflexive",
  });
  const lan = (rttMs: number, ago: number): PathState => ({
    kind: "direct",
    type: "lan",
    endpoint: "192.168.1.20:41641",
    rttMs,
    since: now - ago,
    localCandidate: "host",
    remoteCandidate: "host",
  });
  const relayed = (relay: string, rttMs: number, ago: number): PathState => ({
    kind: "relay",
    relay,
    rttMs,
    since: now - ago,
  });
  const bothHard: Reason = { code: "both_symmetric", side: "both", measured: true };
  const both = (a: Member, b: Member, path: PathState, reason: Reason | null = null) => {
    for (const [self, peer] of [
      [a, b],
      [b, a],
    ] as const) {
      insertPairPath(db, {
        teamId: team.id,
        deviceId: self.row.id,
        peerId: peer.row.id,
        path,
        reason,
        updatedAt: new Date(now - 20 * SECOND),
      });
    }
  };
  both(laptop, nas, lan(0.6, 2 * DAY));
  both(laptop, vps, punched(12.3, 5 * HOUR));
  both(laptop, office, punched(23.8, 40 * MINUTE));
  both(laptop, phone, punched(48.1, 2 * MINUTE));
  both(nas, vps, punched(14.9, 11 * DAY));
  both(office, phone, relayed(vps.row.id, 61, 3 * HOUR), bothHard);
  both(laptop, printer, relayed(MAIN_RELAY, 38, 6 * DAY), { code: "udp_blocked_b", side: "peer", measured: false });
  both(nas, printer, { kind: "none", since: now - HOUR }, { code: "relay_unavailable", measured: true });
  both(laptop, tablet, punched(18, 4 * DAY));

  letRelay(db, team, "tag:public");
  for (const [{ row }, main, near] of [
    [laptop, 18, 12],
    [office, 31, 24],
    [phone, 64, 37],
    [printer, 20, undefined],
  ] as const) {
    const distances = [
      { relay: MAIN_RELAY, rttMs: main },
      ...(near === undefined ? [] : [{ relay: vps.row.id, rttMs: near }]),
    ];
    db.update(device).set({ relays: distances }).where(eq(device.id, row.id)).run();
  }

  attempt(db, team, { from: office, to: phone, startAt: now - 3 * HOUR, isDirect: false });
  attempt(db, team, { from: phone, to: office, startAt: now - 9 * HOUR, isDirect: false });
  attempt(db, team, { from: laptop, to: vps, startAt: now - 5 * HOUR, isDirect: true });
  measure(db, laptop.row, [nas.row, vps.row, printer.row], now);
  return Object.values(members);
}

type AttemptInput = {
  readonly from: Member;
  readonly to: Member;
  readonly startAt: number;
  readonly isDirect: boolean;
};

function attempt(db: Db, team: Team, { from, to, startAt, isDirect }: AttemptInput): void {
  const id = newId("att");
  const endpoint = "203.0.113.7:40112";
  const story = (offset: number): TraceEvent[] => [
    { atMs: -38.2 + offset, kind: "plan-received" },
    { atMs: 0.4 + offset, kind: "started" },
    { atMs: 0.9 + offset, kind: "probe-sent", endpoint: "192.168.1.20:41641", candidate: "host", repeated: 4 },
    { atMs: 1.3 + offset, kind: "probe-sent", endpoint, candidate: "server-reflexive", repeated: isDirect ? 1 : 11 },
    ...(isDirect
      ? ([
          { atMs: 13.7 + offset, kind: "probe-received", endpoint, candidate: "peer-reflexive" },
          { atMs: 25.1 + offset, kind: "pong-received", endpoint, rttMs: 12.2 },
          { atMs: 25.3 + offset, kind: "path-verified", endpoint, candidate: "server-reflexive", rttMs: 12.2 },
          {
            atMs: 25.6 + offset,
            kind: "path-selected",
            endpoint,
            candidate: "server-reflexive",
            rttMs: 12.2,
            note: "better than relay by 49 ms",
          },
        ] satisfies TraceEvent[])
      : ([{ atMs: 5_000 + offset, kind: "gave-up", note: "no probe was answered" }] satisfies TraceEvent[])),
  ];
  const trace = (self: Member, peer: Member, offset: number): AttemptTrace => ({
    attemptId: id,
    peerId: peer.row.id,
    outcome: isDirect ? "direct" : "no-path",
    ...(isDirect && { endpoint, rttMs: 12.2 }),
    candidates: self.row.candidates,
    natProfile: self.row.natProfile,
    clockUncertaintyMs: 1.2 + offset,
    events: story(offset),
  });
  insertPathAttempt(db, {
    id,
    teamId: team.id,
    initiatorId: from.row.id,
    responderId: to.row.id,
    trigger: "traffic",
    startAt: new Date(startAt),
    strategy: {
      stages: [{ kind: "simultaneous", startMs: 0, endMs: 5_000, maxProbes: 64 }],
      predictedChance: isDirect ? 0.98 : 0.02,
    },
    initiatorTrace: trace(from, to, 0),
    responderTrace: trace(to, from, 0.8),
    outcome: isDirect ? "direct" : "no-path",
    rttMs: isDirect ? 12 : null,
  });
}

/** An hour in steps of 15 s, with a gap in it and waves that look like somebody's evening. */
function measure(db: Db, device: Device, peers: readonly Device[], now: number): void {
  const rows = Array.from({ length: 240 }, (_, index) => {
    const at = now - (240 - index) * 15 * SECOND;
    const wave = 1 + Math.sin(index / 19) + (index > 90 && index < 120 ? 6 : 0);
    return {
      deviceId: device.id,
      at: new Date(at),
      intervalMs: 15_000,
      rxBytes: Math.round(wave * 1_900_000 + (index % 7) * 40_000),
      txBytes: Math.round(wave * 420_000 + (index % 5) * 30_000),
      memoryBytes: 61_000_000 + index * 9_000,
      cpuPercent: 1.4 + wave / 3,
      peers: peers.map((peer, place) => ({
        peerId: peer.id,
        rxBytes: 1_000,
        txBytes: 1_000,
        rxPackets: 10,
        txPackets: 10,
        path: "direct" as const,
        rttMs: 8 + place * 9 + Math.sin(index / 11) * 2 + (index > 150 && index < 158 ? 30 : 0),
        loss: 0,
      })),
    };
  }).filter((_, index) => index < 170 || index > 182);
  db.insert(metricSample).values(rows).run();
}

function nat(
  mapping: NatProfile["mapping"],
  filtering: NatProfile["filtering"],
  ...publicEndpoints: string[]
): NatProfile {
  return {
    udp: "ok",
    mapping,
    filtering,
    portPreserving: mapping !== "address-and-port-dependent",
    publicEndpoints,
    confidence: 0.95,
    measuredAt: Date.now() - 4 * MINUTE,
  };
}

function candidatesOf(profile: NatProfile | null): Candidate[] {
  return [
    { kind: "host", endpoint: "192.168.1.20:41641" },
    { kind: "host", endpoint: "[2001:db8:20::14]:41641" },
    ...(profile?.publicEndpoints ?? []).map((endpoint): Candidate => ({ kind: "server-reflexive", endpoint })),
  ];
}

/** The next version of the team's policy: everybody talks with everybody, and devices with that tag relay for all. */
function letRelay(db: Db, team: Team, tag: string): void {
  const document = `{
  "tagOwners": { "${tag}": [], "tag:server": [], "tag:ci": [] },
  "grants": [{ "src": ["*"], "dst": ["*"], "ip": ["*"] }],
  "relays": [{ "devices": ["${tag}"], "for": ["*"] }],
}`;
  insertPolicyVersion(db, { teamId: team.id, version: 2, document, message: "let servers relay" });
  const narrow = document.replace(
    /"grants": .*/,
    '"grants": [{ "src": ["autogroup:member"], "dst": ["tag:server"], "ip": ["tcp:22"] }, { "src": ["*"], "dst": ["*"], "ip": ["tcp:443", "icmp"] }],',
  );
  const confirmBy = new Date(Date.now() + 4 * MINUTE);
  insertPolicyVersion(db, {
    teamId: team.id,
    version: 3,
    document: narrow,
    message: "ssh to servers alone",
    confirmBy,
  });
}
