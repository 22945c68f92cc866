import { type AttemptTrace, attemptTraceSchema } from "@pinhole/protocol/control";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_TRACE_BYTES, TraceRecorder } from "./trace-recorder.ts";

const LONG = "[2001:db8:1111:2222:3333:4444:5555:6666]:65535";

/** As large as the schema lets it be. */
const frame: Omit<AttemptTrace, "events"> = {
  attemptId: `att_${"a".repeat(32)}`,
  peerId: `dev_${"b".repeat(32)}`,
  outcome: "no-path",
  endpoint: LONG,
  rttMs: 12_345.6,
  candidates: Array.from({ length: 16 }, () => ({ kind: "server-reflexive" as const, endpoint: LONG })),
  natProfile: {
    udp: "ok",
    mapping: "address-and-port-dependent",
    filtering: "address-and-port-dependent",
    portPreserving: false,
    publicEndpoints: Array.from({ length: 8 }, () => LONG),
    confidence: 0.95,
    measuredAt: 1_800_000_000_000,
  },
  clockUncertaintyMs: 12.5,
};

describe("a trace", () => {
  test("folds equal events into the first, and counts them", () => {
    const recorder = new TraceRecorder();
    const endpoint = { address: "203.0.113.5", port: 9 };
    for (const atMs of [0, 20.123, 50]) recorder.record("probe-sent", atMs, { endpoint });
    recorder.record("pong-received", 51.26, { endpoint, rttMs: 31.14 });
    expect(recorder.finish(frame).events).toEqual([
      { atMs: 0, kind: "probe-sent", endpoint: "203.0.113.5:9", repeated: 2 },
      { atMs: 51.3, kind: "pong-received", endpoint: "203.0.113.5:9", rttMs: 31.1 },
    ]);
  });

  test("of the largest attempt there can be fits, and keeps what decides", () => {
    const recorder = new TraceRecorder();
    recorder.record("plan-received", -20, { note: "x".repeat(200) });
    recorder.record("started", 0);
    for (let port = 1; port <= 48; port++) {
      const endpoint = { address: "2001:db8:1111:2222:3333:4444:5555:6666", port: 65_000 + port };
      for (const kind of [
        "probe-sent",
        "probe-received",
        "pong-received",
        "candidate-discovered",
        "path-verified",
      ] as const) {
        for (let n = 0; n < 20; n++)
          recorder.record(kind, n, { endpoint, candidate: "server-reflexive", rttMs: 99_999 });
      }
    }
    recorder.record("gave-up", 3_000, { note: "no-pong" });
    const trace = recorder.finish(frame);
    expect(Buffer.byteLength(JSON.stringify(trace))).toBeLessThanOrEqual(MAX_TRACE_BYTES);
    expect(attemptTraceSchema.safeParse(trace).error).toBeUndefined();
    expect(trace.events.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(["plan-received", "started", "probe-sent", "probe-received", "gave-up"]),
    );
    expect(trace.events.length).toBeGreaterThan(8);
  });

  test("is valid and small whatever is recorded", () => {
    const kind = fc.constantFrom("probe-sent", "path-selected", "cancelled", "path-verified", "gave-up");
    const event = fc.record({
      kind,
      atMs: fc.double({ noNaN: true }),
      rttMs: fc.double({ noNaN: true }),
      port: fc.nat(200),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 300 }), (events) => {
        const recorder = new TraceRecorder();
        for (const { kind, atMs, rttMs, port } of events) {
          recorder.record(kind, atMs, { rttMs, endpoint: { address: "203.0.113.5", port: port + 1 } });
        }
        const trace = recorder.finish(frame);
        expect(attemptTraceSchema.safeParse(trace).error).toBeUndefined();
        expect(Buffer.byteLength(JSON.stringify(trace))).toBeLessThanOrEqual(MAX_TRACE_BYTES);
      }),
      { numRuns: 50 },
    );
  });
});
