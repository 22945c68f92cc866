import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mac } from "./blake2s.ts";
import { mac1Key } from "./cookie-checker.ts";
import { ipv4Packet, Pair, type Side } from "./testing.ts";

describe("forged and damaged datagrams", () => {
  // mac2 is left out: it authenticates nothing, and means nothing to a responder that is not under load.
  test.each([
    ["handshake initiation", 148 - 16, initiation],
    ["handshake response", 92 - 16, response],
    ["cookie reply", 64, cookieReply],
    ["transport data", 32 + 48, data],
    ["keepalive", 32, confirmation],
  ])(
    "with any byte of a %s flipped nothing is accepted and nothing answered, and the true one still is",
    (_, end, make) => {
      const { datagram, to } = make();
      expect(datagram.length).toBeGreaterThanOrEqual(end);
      to.log.length = 0;
      for (let at = 0; at < end; at++) {
        for (let bit = 0x01; bit <= 0x80; bit <<= 1) {
          const damaged = Uint8Array.from(datagram);
          damaged[at]! ^= bit;
          expect(to.device.input(damaged, "mallory"), `byte ${at}`).toMatch(/^dropped-/);
        }
      }
      expect(to.log).toEqual([]);
      expect(to.outbox).toEqual([]);
      expect(to.device.input(datagram, "true")).not.toMatch(/^dropped-/);
    },
  );

  test("every packet of a conversation is refused, unanswered, when it comes again: at once, later and after a restart", () => {
    const pair = new Pair({ b: { isUnderLoad: once() } });
    const recorded: { readonly datagram: Uint8Array; readonly to: "a" | "b" }[] = [];
    pair.loses = (from, datagram) => {
      recorded.push({ datagram: Uint8Array.from(datagram), to: from === pair.a ? "b" : "a" });
      return false;
    };
    // A cookie first, then a handshake, data both ways, a rekey from the other side and data again.
    for (const [from, ms] of [
      [pair.a, 6_000],
      [pair.b, 1_000],
      [pair.a, 121_000],
      [pair.a, 1_000],
      [pair.b, 1_000],
    ] as const) {
      from.device.send(from.peer, ipv4Packet(41));
      pair.deliver();
      pair.advance(ms);
    }
    const kinds = new Set(recorded.map(({ datagram }) => datagram[0]));
    expect(kinds).toEqual(new Set([1, 2, 3, 4]));
    const received = { a: pair.a.received.length, b: pair.b.received.length };
    expect(received).toEqual({ a: 2, b: 3 });

    pair.loses = () => true;
    const replayAll = (sides: Pick<Pair, "a" | "b">, when: string): void => {
      for (const side of [sides.a, sides.b]) side.log.length = side.outbox.length = 0;
      for (const [at, { datagram, to }] of recorded.entries()) {
        const result = sides[to].device.input(Uint8Array.from(datagram), "mallory");
        expect(result, `packet ${at} of type ${datagram[0]}, ${when}`).toMatch(/^dropped-/);
      }
      for (const side of [sides.a, sides.b]) expect([side.log, side.outbox], when).toEqual([[], []]);
    };
    replayAll(pair, "at once");
    expect({ a: pair.a.received.length, b: pair.b.received.length }).toEqual(received);
    pair.now += 30_000;
    replayAll(pair, "half a minute later");
    const restarted = new Pair({
      seed: "restarted",
      a: { keys: pair.a.keys, ...stampsOf(pair.a) },
      b: { keys: pair.b.keys, ...stampsOf(pair.b) },
    });
    replayAll(restarted, "after a restart");
  });

  test.each([
    ["handshake initiation", initiation],
    ["handshake response", response],
    ["cookie reply", cookieReply],
    ["transport data", data],
  ])("no %s is accepted cut short or drawn out", (_, make) => {
    const { datagram, to } = make();
    to.log.length = 0;
    for (let length = 0; length < datagram.length; length++) {
      expect(to.device.input(datagram.subarray(0, length), "mallory"), `${length} bytes`).toMatch(/^dropped-/);
    }
    expect(to.device.input(Buffer.concat([datagram, Uint8Array.of(0)]), "mallory")).toMatch(/^dropped-/);
    expect(to.log).toEqual([]);
  });

  test("arbitrary bytes never throw and are never answered", () => {
    const pair = new Pair().connect();
    pair.b.log.length = 0;
    const typed = fc
      .tuple(fc.integer({ min: 0, max: 5 }), fc.uint8Array({ minLength: 4, maxLength: 200 }))
      .map(([type, bytes]) => Uint8Array.of(type, 0, 0, 0, ...bytes));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), typed), (bytes) => {
        expect(pair.b.device.input(bytes, "mallory")).toMatch(/^dropped-/);
      }),
    );
    expect(pair.b.log).toEqual([]);
  });

  // Public keys are no secret: anybody can make a mac1, so what lies behind it is as hostile as the rest.
  test("arbitrary handshake messages with a right mac1 never throw and are never answered", () => {
    const pair = new Pair().connect();
    pair.b.log.length = 0;
    const message = fc.constantFrom([1, 148] as const, [2, 92] as const);
    fc.assert(
      fc.property(message, fc.uint8Array({ minLength: 148, maxLength: 148 }), ([type, length], bytes) => {
        const forged = Uint8Array.from(bytes.subarray(0, length));
        forged.set([type, 0, 0, 0]);
        expect(pair.b.device.input(withMac1(forged, pair.b), "mallory")).toMatch(/^dropped-(forged|unknown-index)$/);
      }),
    );
    expect(pair.b.log).toEqual([]);
  });

  test("an ephemeral key of low order is refused in both handshake messages", () => {
    const question = initiation();
    question.datagram.fill(0, 8, 40);
    expect(question.to.device.input(withMac1(question.datagram, question.to), "mallory")).toBe("dropped-forged");

    const answer = response();
    answer.datagram.fill(0, 12, 44);
    expect(answer.to.device.input(withMac1(answer.datagram, answer.to), "mallory")).toBe("dropped-forged");
  });

  test("an initiation of somebody unknown is dropped unanswered", () => {
    const pair = new Pair();
    const stranger = new Pair({ seed: "stranger", b: { keys: pair.b.keys } });
    stranger.a.device.initiate(stranger.a.peer);
    expect(pair.b.device.input(stranger.a.outbox[0]!, "mallory")).toBe("dropped-unknown-peer");
    expect(pair.b.log).toEqual([]);
  });

  test("an authentic packet that is no IP, or cut short, keeps the session alive and goes nowhere", () => {
    const pair = new Pair().connect();
    pair.a.device.send(pair.a.peer, new Uint8Array(40));
    const lying = ipv4Packet(40);
    lying[2] = 0xff;
    pair.a.device.send(pair.a.peer, lying);
    expect(pair.deliver()).toEqual(["dropped-inner", "dropped-inner"]);
    expect(pair.b.received).toEqual([]);
    expect(pair.b.log.at(-1)).toBe("authenticated a");
  });
});

/** One datagram, and the side that is waiting for it. */
type InFlight = { readonly datagram: Uint8Array; readonly to: Side };

function initiation(pair = new Pair()): InFlight {
  pair.a.device.initiate(pair.a.peer);
  return { datagram: pair.a.outbox.shift()!, to: pair.b };
}

function response(pair = new Pair()): InFlight {
  pair.b.device.input(initiation(pair).datagram, "a");
  return { datagram: pair.b.outbox.shift()!, to: pair.a };
}

function cookieReply(): InFlight {
  return response(new Pair({ b: { isUnderLoad: () => true } }));
}

function data(): InFlight {
  const pair = new Pair().connect();
  pair.a.device.send(pair.a.peer, ipv4Packet(41));
  return { datagram: pair.a.outbox.shift()!, to: pair.b };
}

/** The one that confirms a handshake: were a damaged one taken, the responder would start to send. */
function confirmation(): InFlight {
  const pair = new Pair();
  pair.a.device.input(response(pair).datagram, "b");
  return { datagram: pair.a.outbox.shift()!, to: pair.b };
}

/** Under load for the first handshake message alone. */
function once(): () => boolean {
  let count = 0;
  return () => count++ === 0;
}

function stampsOf({ stamps }: Side): { lastTimestampSent?: Uint8Array; lastTimestampTaken?: Uint8Array } {
  return {
    ...(stamps.sent === undefined ? {} : { lastTimestampSent: stamps.sent }),
    ...(stamps.taken === undefined ? {} : { lastTimestampTaken: stamps.taken }),
  };
}

function withMac1(message: Uint8Array, to: Side): Uint8Array {
  const at = message.length - 32;
  message.set(mac(mac1Key(to.keys.publicKey), message.subarray(0, at)), at);
  return message;
}
