import type { DeviceId } from "@pinhole/protocol";
import type { RelayDistance } from "@pinhole/protocol/control";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { RelayChoice, type Way } from "./relay-choice.ts";

const SECOND = 1_000;
const BEN: DeviceId = `dev_${"0b".repeat(16)}`;
const CLEO: DeviceId = `dev_${"0c".repeat(16)}`;

let now: number;
let choice: RelayChoice;
let changed: DeviceId[];
/** `via peer`, where there is a lane. */
let lanes: Set<string>;
beforeEach(() => {
  now = 0;
  changed = [];
  lanes = new Set();
  choice = new RelayChoice({
    onChanged: (peerIds) => changed.push(...peerIds),
    canCarry: (via, peerId) => lanes.has(`${via} ${peerId}`),
  });
});

describe("the relay for a peer", () => {
  test("is the one where both distances add up to the least, from whichever side", () => {
    relays({ main: 100, fra: 20, sgp: 180 });
    peer(BEN, { main: 90, fra: 200, sgp: 5 });
    passed(10 * SECOND);
    // main 190, fra 220, sgp 185: too close to main to leave it, had it been chosen first.
    expect(choice.rttTo(BEN)).toBe(185);
    const other = new RelayChoice({ onChanged: () => undefined, canCarry: () => false });
    other.setRelays(["main", "fra", "sgp"], now);
    for (const [name, rttMs] of [
      ["main", 90],
      ["fra", 200],
      ["sgp", 5],
    ] as const)
      other.setWay(name, { rttMs, state: "usable" }, now);
    other.setPeer(BEN, distances({ main: 100, fra: 20, sgp: 180 }), true, now);
    expect([choice.relayFor(BEN), other.relayFor(BEN)]).toEqual(["sgp", "sgp"]);
  });

  test("is kept until another is better by a margin, and has been back for five seconds", () => {
    relays({ main: 50, fra: 46 });
    peer(BEN, { main: 50, fra: 50 });
    way("main", { rttMs: 50, state: "usable" });
    passed(10 * SECOND);
    const before = choice.relayFor(BEN);
    way("fra", { rttMs: 40, state: "usable" });
    passed(10 * SECOND);
    expect([before, choice.relayFor(BEN)]).toEqual(["fra", "fra"]);
    way("main", { rttMs: 30, state: "usable" });
    expect(choice.relayFor(BEN)).toBe("fra");
    way("main", { rttMs: 20, state: "usable" });
    expect(choice.relayFor(BEN)).toBe("main");

    way("fra", { rttMs: 40, state: "failing" });
    way("fra", { rttMs: 1, state: "usable" });
    expect(choice.relayFor(BEN)).toBe("main");
    passed(4_999);
    expect(choice.relayFor(BEN)).toBe("main");
    passed(1);
    expect(choice.relayFor(BEN)).toBe("fra");
  });

  test("is left at once when it fails, by every peer, and people are told", () => {
    relays({ main: 50, fra: 10 });
    peer(BEN, { main: 50, fra: 10 });
    peer(CLEO, { fra: 10, main: 50 });
    changed.length = 0;
    way("fra", { rttMs: 10, state: "failing" });
    expect([choice.relayFor(BEN), choice.relayFor(CLEO)]).toEqual(["main", "main"]);
    expect(changed.toSorted()).toEqual([BEN, CLEO].toSorted());
    expect(choice.rttTo(BEN)).toBe(100);
  });

  test("is another one for ten seconds where the peer was not to be found", () => {
    relays({ main: 50, fra: 10 });
    peer(BEN, { main: 50, fra: 10 });
    choice.onAbsent("fra", BEN, now);
    expect(choice.relayFor(BEN)).toBe("main");
    passed(9_999);
    expect(choice.relayFor(BEN)).toBe("main");
    passed(1);
    expect(choice.relayFor(BEN)).toBe("fra");
  });

  test("is where the peer is expected although it is found nowhere", () => {
    relays({ main: 50, fra: 10 });
    peer(BEN, { main: 50, fra: 10 });
    choice.onAbsent("fra", BEN, now);
    choice.onAbsent("main", BEN, now);
    expect(choice.relayFor(BEN)).toBe("fra");
  });

  test("is the first of the netmap for one that never said where it is, and the nearest for one that is nowhere", () => {
    relays({ main: 50, fra: 10 });
    choice.setPeer(BEN, undefined, true, now);
    choice.setPeer(CLEO, [], true, now);
    expect([choice.relayFor(BEN), choice.relayFor(CLEO)]).toEqual(["main", "fra"]);
    expect(choice.rttTo(BEN)).toBeUndefined();
  });

  test("is none while none is usable", () => {
    choice.setRelays(["main"], now);
    peer(BEN, { main: 50 });
    expect(choice.relayFor(BEN)).toBeUndefined();
    way("main", { rttMs: undefined, state: "usable" });
    expect(choice.relayFor(BEN)).toBe("main");
  });

  // The peer's connection to our choice has died, and with the dashboard away it cannot say so.
  test("is the peer's when we send and hear nothing at our own while it is heard at another", () => {
    relays({ main: 50, fra: 10 });
    peer(BEN, { main: 50, fra: 10 });
    const exchange = (over: string) => {
      choice.onSent(BEN, now);
      choice.onHeard(over, BEN, now);
      passed(100);
    };
    for (let n = 0; n < 50; n++) exchange("fra");
    expect(choice.relayFor(BEN)).toBe("fra");
    for (let n = 0; n < 19; n++) exchange("main");
    expect(choice.relayFor(BEN)).toBe("fra");
    for (let n = 0; n < 3; n++) exchange("main");
    expect(choice.relayFor(BEN)).toBe("main");
  });

  test("stays while packets come in both ways, or nothing is sent", () => {
    relays({ main: 50, fra: 10 });
    peer(BEN, { main: 50, fra: 10 });
    for (let n = 0; n < 100; n++) {
      choice.onSent(BEN, now);
      choice.onHeard(n % 2 === 0 ? "main" : "fra", BEN, now);
      passed(100);
    }
    passed(10 * SECOND);
    for (let n = 0; n < 100; n++) {
      choice.onHeard("main", BEN, now);
      passed(100);
    }
    expect(choice.relayFor(BEN)).toBe("fra");
  });
});

describe("a connection is wanted", () => {
  test("to the nearest and one more, and to all while none is known", () => {
    choice.setRelays(["main", "fra", "sgp"], now);
    expect(wanted()).toEqual(["fra", "main", "sgp"]);
    relays({ main: 50, fra: 10, sgp: 20 });
    expect(wanted()).toEqual(["fra", "sgp"]);
  });

  test("to a nearer one that fails, again and again, besides two that work", () => {
    relays({ main: 50, fra: 10, sgp: 20, tok: 90 });
    way("fra", { rttMs: 10, state: "failing" });
    expect(wanted()).toEqual(["fra", "main", "sgp"]);
  });

  test("to where a peer is best met: one for each that is online, two while packets go there", () => {
    relays({ main: 50, fra: 10, sgp: 20, tok: 90, syd: 99 });
    peer(BEN, { tok: 5, syd: 10 }, false);
    expect(wanted()).toEqual(["fra", "sgp"]);
    peer(BEN, { tok: 5, syd: 10 });
    expect(wanted()).toEqual(["fra", "sgp", "tok"]);
    choice.onSent(BEN, now);
    expect(wanted()).toEqual(["fra", "sgp", "syd", "tok"]);
    passed(120 * SECOND);
    expect(wanted()).toEqual(["fra", "sgp", "tok"]);
    choice.removePeer(BEN);
    expect(wanted()).toEqual(["fra", "sgp"]);
  });
});

describe("a peer that relays", () => {
  const RAY: DeviceId = `dev_${"0a".repeat(16)}`;

  beforeEach(() => {
    relays({ main: 100, fra: 30, [RAY]: 10 });
    peer(BEN, { main: 100, fra: 30, [RAY]: 5 });
  });

  test("carries packets where it is nearest, as soon as there is a lane, and not sooner", () => {
    expect(choice.relayFor(BEN)).toBe("fra");
    lanes.add(`${RAY} ${BEN}`);
    choice.refresh(now);
    expect([choice.relayFor(BEN), choice.rttTo(BEN)]).toEqual([RAY, 15]);
    // For this peer alone.
    peer(CLEO, { fra: 30, [RAY]: 5 });
    expect(choice.relayFor(CLEO)).toBe("fra");
    lanes.clear();
    choice.refresh(now);
    expect(choice.relayFor(BEN)).toBe("fra");
  });

  test("is asked for a lane while packets go to the peer, and only where it is nearer by the margin", () => {
    expect(choice.lanesWanted(now)).toEqual([]);
    choice.onSent(BEN, now);
    expect(choice.isInUse(now)).toBe(true);
    expect(choice.lanesWanted(now)).toEqual([{ via: RAY, peerId: BEN }]);
    way("fra", { rttMs: 1, state: "usable" });
    peer(BEN, { fra: 16, [RAY]: 5 });
    expect(choice.lanesWanted(now)).toEqual([]);
    passed(60 * SECOND);
    expect(choice.isInUse(now)).toBe(false);
  });

  test("is left at once for a server's relay that is connected all along", () => {
    lanes.add(`${RAY} ${BEN}`);
    choice.refresh(now);
    choice.onSent(BEN, now);
    expect(wanted()).toEqual(["fra", "main"]);
    way(RAY, { rttMs: undefined, state: "failing" });
    expect(choice.relayFor(BEN)).toBe("fra");
    way(RAY, { rttMs: 10, state: "usable" });
    passed(5 * SECOND);
    expect(choice.relayFor(BEN)).toBe(RAY);
    choice.onAbsent(RAY, BEN, now);
    expect([choice.relayFor(BEN), choice.serverFor(BEN, now)]).toEqual(["fra", "fra"]);
  });

  // The peer notices the device's end by itself, and maybe sooner.
  test("is in doubt for a second after the peer was heard another way, and by the device no more", () => {
    lanes.add(`${RAY} ${BEN}`);
    choice.refresh(now);
    choice.onHeard(RAY, BEN, now);
    expect([choice.usesDevices, choice.isInDoubt(BEN, now)]).toEqual([true, false]);
    passed(501);
    choice.onHeard("fra", BEN, now);
    expect([choice.isInDoubt(BEN, now + 999), choice.isInDoubt(BEN, now + SECOND)]).toEqual([true, false]);
  });

  // Each would send copies because it gets copies, for ever.
  test("is not in doubt because the peer sends both ways", () => {
    lanes.add(`${RAY} ${BEN}`);
    choice.refresh(now);
    for (let n = 0; n < 50; n++) {
      choice.onHeard(RAY, BEN, now);
      passed(100);
      choice.onHeard("fra", BEN, now);
      expect(choice.isInDoubt(BEN, now)).toBe(false);
    }
  });

  test("rests for a minute when packets flow for 15 seconds and none comes back by it, and not while any does", () => {
    lanes.add(`${RAY} ${BEN}`);
    choice.refresh(now);
    const flow = (seconds: number, isAnswered: boolean) => {
      for (let n = 0; n < seconds; n++) {
        choice.onSent(BEN, now);
        if (isAnswered && n % 10 === 0) choice.onHeard(RAY, BEN, now);
        passed(SECOND);
      }
    };
    flow(60, true);
    // After a silence the time counts from the first packet on.
    passed(60 * SECOND);
    flow(16, false);
    expect(choice.relayFor(BEN)).toBe(RAY);
    flow(1, false);
    expect([choice.relayFor(BEN), choice.lanesWanted(now)]).toEqual(["fra", []]);
    passed(58 * SECOND);
    expect(choice.relayFor(BEN)).toBe("fra");
    passed(SECOND);
    expect(choice.relayFor(BEN)).toBe(RAY);
  });

  test("is none for a peer that does not reach it, and never one to be connected to", () => {
    lanes.add(`${RAY} ${BEN}`);
    peer(BEN, { fra: 30 });
    choice.onSent(BEN, now);
    expect([choice.relayFor(BEN), choice.lanesWanted(now), wanted()]).toEqual(["fra", [], ["fra", "main"]]);
    peer(BEN, {});
    way("fra", { rttMs: 1, state: "failing" });
    way("main", { rttMs: 1, state: "failing" });
    expect(choice.relayFor(BEN)).toBeUndefined();
    expect(choice.distances()).toEqual([{ relay: RAY, rttMs: 10 }]);
  });
});

test("what is reported is measured and not failing, nearest first", () => {
  choice.setRelays(["main", "fra", "sgp", "tok"], now);
  way("main", { rttMs: 50.4, state: "usable" });
  way("fra", { rttMs: 10.2, state: "resting" });
  way("sgp", { rttMs: 5, state: "failing" });
  expect(choice.distances()).toEqual([
    { relay: "fra", rttMs: 10 },
    { relay: "main", rttMs: 50 },
  ]);
});

test("never names a relay that is not usable or not of the netmap, whatever happens in whichever order", () => {
  const names = ["main", "fra", "sgp"];
  const name = fc.constantFrom(...names, "gone");
  const rttMs = fc.integer({ min: 1, max: 300 });
  const step = fc.oneof(
    fc.record({
      kind: fc.constant("way" as const),
      name,
      rttMs,
      state: fc.constantFrom("usable", "resting", "failing"),
    }),
    fc.record({ kind: fc.constant("peer" as const), distances: fc.dictionary(name, rttMs) }),
    fc.record({ kind: fc.constant("absent" as const), name }),
    fc.record({ kind: fc.constant("heard" as const), name }),
    fc.record({ kind: fc.constant("relays" as const), names: fc.subarray(names) }),
    fc.record({ kind: fc.constant("passed" as const), ms: fc.integer({ min: 1, max: 20_000 }) }),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      now = 0;
      choice = new RelayChoice({ onChanged: () => undefined, canCarry: () => false });
      const usable = new Map<string, boolean>();
      for (const each of steps) {
        if (each.kind === "way") {
          way(each.name, { rttMs: each.rttMs, state: each.state as Way["state"] });
          if (usable.has(each.name)) usable.set(each.name, each.state === "usable");
        } else if (each.kind === "peer") peer(BEN, each.distances);
        else if (each.kind === "absent") choice.onAbsent(each.name, BEN, now);
        else if (each.kind === "heard") choice.onHeard(each.name, BEN, now);
        else if (each.kind === "passed") passed(each.ms);
        else {
          choice.setRelays(each.names, now);
          for (const known of usable.keys()) if (!each.names.includes(known)) usable.delete(known);
          for (const added of each.names) if (!usable.has(added)) usable.set(added, false);
        }
        const chosen = choice.relayFor(BEN);
        const isAny = [...usable.values()].includes(true);
        expect(chosen === undefined ? !isAny : usable.get(chosen)).toBe(true);
        expect(choice.nextDeadline()).toBeGreaterThan(now);
      }
    }),
  );
});

/** All usable, at these distances. */
function relays(rtts: Readonly<Record<string, number>>): void {
  choice.setRelays(Object.keys(rtts), now);
  for (const [name, rttMs] of Object.entries(rtts)) way(name, { rttMs, state: "usable" });
  passed(5 * SECOND);
}

function way(name: string, what: Way): void {
  choice.setWay(name, what, now);
}

function peer(peerId: DeviceId, rtts: Readonly<Record<string, number>>, isOnline = true): void {
  choice.setPeer(peerId, distances(rtts), isOnline, now);
}

function distances(rtts: Readonly<Record<string, number>>): RelayDistance[] {
  return Object.entries(rtts).map(([relay, rttMs]) => ({ relay, rttMs }));
}

function wanted(): string[] {
  return [...choice.wanted(now)].toSorted();
}

/** As the owner's timer does it. */
function passed(ms: number): void {
  now += ms;
  if (choice.nextDeadline() <= now) choice.tick(now);
}
