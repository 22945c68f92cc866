import { type Endpoint, formatEndpoint } from "@pinhole/protocol";
import {
  decodeStun,
  encodeBindingError,
  encodeBindingSuccess,
  FULL_RESPONSE_BYTES,
  PLAIN_RESPONSE_BYTES,
  PROOF_ATTRIBUTE_BYTES,
} from "@pinhole/protocol/stun";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_QUERIES, StunClient, type StunEffect, type StunQuery } from "./stun-client.ts";

const SERVER: Endpoint = { address: "203.0.113.1", port: 3478 };
const OTHER: Endpoint = { address: "203.0.113.2", port: 3479 };
const PROOF = new Uint8Array(16).fill(9);
const MAPPED: Endpoint = { address: "198.51.100.7", port: 40112 };

describe("a query", () => {
  test("ends with the endpoint that the server saw, and the round trip", () => {
    const run = new Run();
    run.ask({ server: SERVER });
    run.now = 23;
    run.receive(SERVER, encodeBindingSuccess({ transactionId: run.lastId(), mapped: MAPPED, otherAddress: OTHER }));
    expect(run.outcomes()).toMatchObject([{ kind: "observed", mapped: MAPPED, otherAddress: OTHER, rttMs: 23 }]);
    expect(run.client.nextDeadline()).toBeUndefined();
  });

  test("is sent at 0, 200, 400 and 800 ms with one transaction ID, and is silent at 1600 ms", () => {
    const run = new Run();
    run.ask({ server: SERVER });
    run.untilIdle();
    expect(run.sends().map(({ at }) => at)).toEqual([0, 200, 400, 800]);
    expect(new Set(run.sends().map(({ bytes }) => bytes.join(".")))).toHaveProperty("size", 1);
    expect(run.outcomes()).toMatchObject([{ kind: "silent", query: { server: SERVER } }]);
    expect(run.now).toBe(1_600);
  });

  test("has no round trip to report once it was sent twice", () => {
    const run = new Run();
    run.ask({ server: SERVER });
    run.tickAt(200);
    run.now = 210;
    run.receive(SERVER, encodeBindingSuccess({ transactionId: run.lastId(), mapped: MAPPED }));
    expect(run.outcomes()).toMatchObject([{ kind: "observed", rttMs: undefined }]);
  });

  test("sends one copy after a pause, not all that were missed", () => {
    const run = new Run();
    run.ask({ server: SERVER });
    run.tickAt(900);
    expect(run.sends().map(({ at }) => at)).toEqual([0, 900]);
    expect(run.client.nextDeadline()).toBe(1_600);
  });

  test("ends at once when the server refuses it", () => {
    const run = new Run();
    run.ask({ server: SERVER, change: { request: { address: true, port: true }, answerFrom: OTHER } });
    run.receive(SERVER, encodeBindingError({ transactionId: run.lastId(), code: 420 }));
    expect(run.outcomes()).toMatchObject([{ kind: "refused", code: 420 }]);
  });

  test("hands on the proof of the endpoint that a server gave, of the right length alone", () => {
    for (const [proof, expected] of [
      [PROOF, PROOF],
      [undefined, undefined],
      [PROOF.subarray(1), undefined],
    ] as const) {
      const run = new Run();
      run.ask({ server: SERVER });
      run.receive(SERVER, encodeBindingSuccess({ transactionId: run.lastId(), mapped: MAPPED, proof }));
      expect(run.outcomes()).toMatchObject([{ kind: "observed", mapped: MAPPED, proof: expected }]);
    }
  });

  test.each([
    [{ server: SERVER }, PLAIN_RESPONSE_BYTES[4] + PROOF_ATTRIBUTE_BYTES],
    [{ server: SERVER, wantsOther: true }, FULL_RESPONSE_BYTES[4] + PROOF_ATTRIBUTE_BYTES],
    [
      { server: SERVER, change: { request: { address: false, port: true }, answerFrom: OTHER } },
      FULL_RESPONSE_BYTES[4] + PROOF_ATTRIBUTE_BYTES,
    ],
    [{ server: { address: "2001:db8::1", port: 3478 } }, PLAIN_RESPONSE_BYTES[6] + PROOF_ATTRIBUTE_BYTES],
  ] satisfies [StunQuery, number][])("%j is at least as large as its answer", (query, size) => {
    const run = new Run();
    run.ask(query);
    expect(run.sends()[0]!.bytes.length).toBeGreaterThanOrEqual(size);
  });
});

describe("an answer that is not believed", () => {
  test.each([
    ["from another port of the server", { ...SERVER, port: 3479 }],
    ["from another address", OTHER],
  ])("%s", (_, from) => {
    const run = new Run();
    run.ask({ server: SERVER });
    run.receive(from, encodeBindingSuccess({ transactionId: run.lastId(), mapped: MAPPED }));
    expect(run.outcomes()).toEqual([]);
    expect(run.client.ignored).toBe(1);
    run.receive(SERVER, encodeBindingSuccess({ transactionId: run.lastId(), mapped: MAPPED }));
    expect(run.outcomes()).toHaveLength(1);
  });

  // Otherwise a server that ignores CHANGE-REQUEST would make every filter look open.
  test("from the server itself, where it was to come from elsewhere", () => {
    const run = new Run();
    run.ask({ server: SERVER, change: { request: { address: true, port: true }, answerFrom: OTHER } });
    run.receive(SERVER, encodeBindingSuccess({ transactionId: run.lastId(), mapped: MAPPED }));
    expect(run.outcomes()).toEqual([]);
    run.receive(OTHER, encodeBindingSuccess({ transactionId: run.lastId(), mapped: MAPPED }));
    expect(run.outcomes()).toMatchObject([{ kind: "observed" }]);
  });

  test("of a transaction that was never begun, or is over", () => {
    const run = new Run();
    run.ask({ server: SERVER });
    const answer = encodeBindingSuccess({ transactionId: run.lastId(), mapped: MAPPED });
    run.receive(SERVER, encodeBindingSuccess({ transactionId: new Uint8Array(12).fill(9), mapped: MAPPED }));
    run.receive(SERVER, answer);
    run.receive(SERVER, answer);
    expect(run.outcomes()).toHaveLength(1);
    expect(run.client.ignored).toBe(2);
  });

  test("that is our own request, come back", () => {
    const run = new Run();
    run.ask({ server: SERVER });
    run.receive(SERVER, run.sends()[0]!.bytes);
    expect(run.outcomes()).toEqual([]);
  });

  test("whatever its bytes are", () => {
    const run = new Run();
    run.ask({ server: SERVER });
    fc.assert(
      fc.property(fc.nat(31), fc.integer({ min: 1, max: 255 }), (index, flip) => {
        const forged = encodeBindingSuccess({ transactionId: run.lastId().map((byte) => byte ^ 1), mapped: MAPPED });
        forged[index]! ^= flip;
        run.receive(SERVER, forged);
      }),
    );
    expect(run.outcomes()).toEqual([]);
  });
});

test("several queries run side by side, each with its own clock", () => {
  const run = new Run();
  run.ask({ server: SERVER });
  run.now = 100;
  run.ask({ server: OTHER });
  run.untilIdle();
  expect(run.sends().map(({ at, to }) => `${at} ${formatEndpoint(to)}`)).toEqual([
    "0 203.0.113.1:3478",
    "100 203.0.113.2:3479",
    "200 203.0.113.1:3478",
    "300 203.0.113.2:3479",
    "400 203.0.113.1:3478",
    "500 203.0.113.2:3479",
    "800 203.0.113.1:3478",
    "900 203.0.113.2:3479",
  ]);
  expect(run.outcomes().map(({ kind }) => kind)).toEqual(["silent", "silent"]);
});

test("no more than a fixed number of queries is in flight", () => {
  const run = new Run();
  for (let count = 0; count < MAX_QUERIES; count++) run.ask({ server: SERVER });
  expect(run.client.ask({ server: SERVER }, 0)).toEqual({ ok: false, error: "busy" });
  run.untilIdle();
  expect(run.client.ask({ server: SERVER }, run.now).ok).toBe(true);
});

/** A client, its clock and everything that it did. */
class Run {
  now = 0;
  #nextByte = 0;
  readonly client = new StunClient({ randomBytes: (length) => new Uint8Array(length).fill(++this.#nextByte) });
  readonly #log: { at: number; effect: StunEffect }[] = [];

  ask(query: StunQuery): void {
    const asked = this.client.ask(query, this.now);
    if (!asked.ok) throw new Error(asked.error);
    this.#record(asked.value);
  }

  receive(from: Endpoint, bytes: Uint8Array): void {
    this.#record(this.client.onDatagram(bytes, from, this.now));
  }

  tickAt(now: number): void {
    this.now = now;
    this.#record(this.client.onTick(now));
  }

  untilIdle(): void {
    for (let at = this.client.nextDeadline(); at !== undefined; at = this.client.nextDeadline()) this.tickAt(at);
  }

  sends() {
    return this.#log.flatMap(({ at, effect }) =>
      effect.kind === "send" ? [{ at, to: effect.to, bytes: effect.bytes }] : [],
    );
  }

  outcomes() {
    return this.#log.flatMap(({ effect }) => (effect.kind === "done" ? [effect.outcome] : []));
  }

  lastId(): Uint8Array {
    const decoded = decodeStun(this.sends().at(-1)!.bytes);
    if (!decoded.ok) throw new Error(decoded.error);
    return decoded.value.transactionId;
  }

  #record(effects: readonly StunEffect[]): void {
    this.#log.push(...effects.map((effect) => ({ at: this.now, effect })));
  }
}
