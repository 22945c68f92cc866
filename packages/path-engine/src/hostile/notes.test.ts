// A note says where to send, and a hostile peer writes notes too. A plan is the server's, a spray's target is not the peer's word.
import { type DeviceId, parseEndpoint } from "@pinhole/protocol";
import type { NoteEntry, NoteTopic } from "@pinhole/protocol/probe";
import type { Stage } from "@pinhole/protocol/punch";
import { describe, expect, test } from "vitest";
import { HandClock } from "../testing/hand-clock.ts";

const HOME = "203.0.113.5:1000";
const VICTIMS = [
  "198.51.100.66:53",
  "127.0.0.1:80",
  "169.254.169.254:80",
  "192.168.7.1:9",
  "100.90.0.1:9",
  "224.0.0.1:9",
];
const TOPICS: readonly NoteTopic[] = ["endpoints", "counter", "openings"];

const first = { kind: "simultaneous", startMs: 0, endMs: 3_000, maxProbes: 224 } as const;
const STAGES: readonly Stage[] = [
  { kind: "predict", startMs: 0, endMs: 3_000, shooter: "both", shots: 4 },
  { kind: "predict", startMs: 0, endMs: 3_000, shooter: "initiator", shots: 4 },
  { kind: "cover", startMs: 0, endMs: 5_000, opener: "initiator", openings: 4, socketsPerOpening: 14 },
  { kind: "cover", startMs: 0, endMs: 5_000, opener: "responder", openings: 4, socketsPerOpening: 14 },
  spray("initiator"),
  spray("responder"),
];

describe("a hostile peer's notes", () => {
  test.each(STAGES.flatMap((stage) => TOPICS.map((topic) => [stage.kind, actorOf(stage), topic, stage] as const)))(
    "in the stage %s of the %s send nothing to places that are not its own, by %s",
    (_, __, topic, stage) => {
      const { world, id } = newWorld(stage);
      for (let round = 0; round < 20; round++) {
        world.note(
          id,
          topic,
          VICTIMS.map((text, at) => entry(text, 1 + round + at)),
        );
        world.advance(100);
      }
      world.advance(10_000);
      const sentTo = new Set(world.probes.map(({ to }) => to.address));
      expect([...sentTo].filter((address) => address !== "203.0.113.5")).toEqual([]);
    },
  );

  test("before its plan do no more", () => {
    const world = new HandClock();
    const id = world.addPeer(1, [HOME]);
    for (const topic of TOPICS)
      world.note(
        id,
        topic,
        VICTIMS.map((text) => entry(text, 1)),
      );
    planWith(world, id, STAGES[0]!);
    world.advance(5_000);
    expect(new Set(world.probes.map(({ to }) => to.address))).toEqual(new Set(["203.0.113.5"]));
  });

  test("of another attempt do nothing", () => {
    const { world, id } = newWorld(STAGES[1]!);
    world.note(id, "endpoints", [entry("203.0.113.5:2000", 0)], 2);
    world.advance(3_000);
    expect(world.pings().some(({ to }) => to.port === 2_000)).toBe(false);
  });

  test("may name another port of an address that is its own", () => {
    const { world, id } = newWorld(STAGES[1]!);
    world.note(id, "endpoints", [entry("203.0.113.5:2000", 0)]);
    world.advance(1_000);
    expect(world.pings().some(({ to }) => to.port === 2_000)).toBe(true);
  });

  test("in hundreds are a few endpoints and a bounded number of packets", () => {
    const { world, id } = newWorld(STAGES[0]!);
    for (let round = 0; round < 300; round++) {
      world.note(
        id,
        "endpoints",
        Array.from({ length: 16 }, (_, at) => entry(`203.0.113.5:${1_000 + round * 16 + at}`, 0)),
      );
    }
    world.advance(3_000);
    expect(world.pings().length).toBeLessThanOrEqual(120 + 3 * 50);
  });
});

describe("a spray", () => {
  test("at an address that the peer merely names is not begun", () => {
    const { world, ports } = sprayed([]);
    expect(ports.size).toBeLessThanOrEqual(4);
    expect(world.traces[0]?.events.some(({ kind, note }) => kind === "spray-denied" && note === "not proven")).toBe(
      true,
    );
  });

  test("at an address that the server has seen the peer at is", () => {
    expect(sprayed(["203.0.113.5"]).ports.size).toBeGreaterThan(100);
  });

  test("is not begun because the server has seen the peer elsewhere", () => {
    expect(sprayed(["203.0.113.6"]).ports.size).toBeLessThanOrEqual(4);
  });

  test("keeps to its pace, and there is one at a time", () => {
    const world = hardWorld();
    for (const seed of [1, 2, 3]) {
      const id = world.addPeer(seed, [`203.0.113.${seed}:1000`]);
      world.plan(id, {
        attempt: seed,
        peerProvenAddresses: [`203.0.113.${seed}`],
        strategy: { stages: [first, spray("responder")], predictedChance: 1 },
      });
    }
    world.advance(4_000);
    const targets = [1, 2, 3].map(
      (seed) => new Set(world.pings().flatMap(({ to }) => (to.address === `203.0.113.${seed}` ? [to.port] : []))).size,
    );
    expect(targets.filter((ports) => ports > 50)).toHaveLength(1);
    for (let second = 1; second < 4; second++) {
      const sent = world.pings().filter(({ at }) => Math.floor(at / 1_000) === second).length;
      expect(sent).toBeLessThanOrEqual(200 + 50);
    }
  });
});

/** Which ports of the peer are sent to, with us as the one that opens. */
function sprayed(peerProvenAddresses: string[]) {
  const world = hardWorld();
  const id = world.addPeer(1, [HOME]);
  planWith(world, id, spray("responder"), peerProvenAddresses);
  world.advance(12_000);
  return { world, ports: new Set(world.pings().map(({ to }) => to.port)) };
}

function actorOf(stage: Stage): string {
  return stage.kind === "simultaneous" ? "both" : stage.kind === "predict" ? `shooter ${stage.shooter}` : stage.opener;
}

function newWorld(stage: Stage) {
  const world = hardWorld();
  const id = world.addPeer(1, [HOME]);
  planWith(world, id, stage, ["203.0.113.5"]);
  return { world, id };
}

function hardWorld(): HandClock {
  const world = new HandClock();
  world.setLocal({
    overlayPrefixes: ["100.90.0.0/16"],
    natProfile: {
      udp: "ok",
      mapping: "address-and-port-dependent",
      filtering: "address-and-port-dependent",
      allocation: { kind: "sequential", step: 1 },
      publicEndpoints: ["198.51.100.1:1000"],
      confidence: 1,
      measuredAt: 0,
    },
  });
  return world;
}

function planWith(world: HandClock, id: DeviceId, stage: Stage, peerProvenAddresses: string[] = ["203.0.113.5"]): void {
  world.plan(id, { peerProvenAddresses, strategy: { stages: [first, stage], predictedChance: 1 } });
}

function spray(opener: "initiator" | "responder"): Stage {
  return {
    kind: "birthday",
    startMs: 200,
    endMs: 9_000,
    opener,
    sockets: 300,
    holes: 1_200,
    ranges: [{ first: 1_024, last: 65_535 }],
    observesItself: false,
    isShortLived: false,
  };
}

function entry(text: string, port: number): NoteEntry {
  const endpoint = parseEndpoint(text);
  if (!endpoint.ok) throw new Error(text);
  return { endpoint: endpoint.value, port };
}
