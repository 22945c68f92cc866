// What is told to the dashboard, which may be away or may not take it now.
import type { DeviceId } from "@pinhole/protocol";
import type { CandidatesReport, PathReport, RelayDistance } from "@pinhole/protocol/control";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Delivery } from "../control/session-calls.ts";
import { CandidateReporter } from "./candidate-reporter.ts";
import { PathReporter } from "./path-reporter.ts";

const A: DeviceId = `dev_${"a".repeat(32)}`;
const B: DeviceId = `dev_${"b".repeat(32)}`;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("paths", () => {
  test("a burst is one message with the state at its end", async () => {
    const { reporter, sent, kinds } = setUp();
    reporter.changed(A);
    reporter.changed(B);
    reporter.changed(A);
    kinds.set(A, "direct");
    await vi.advanceTimersByTimeAsync(50);
    expect(sent.map((reports) => reports.map(({ peerId, path }) => [peerId, path.kind]))).toEqual([
      [
        [A, "direct"],
        [B, "relay"],
      ],
    ]);
  });

  test("what was not taken is said again, what was is not, and what is moot is left out", async () => {
    const { reporter, sent, deliveries, kinds } = setUp();
    deliveries.push("refused", "delivered");
    reporter.changed(A);
    reporter.changed(B);
    await vi.advanceTimersByTimeAsync(50);
    kinds.delete(B);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(sent.map((reports) => reports.map(({ peerId }) => peerId))).toEqual([[A, B], [A]]);
    deliveries.push("offline");
    reporter.changed(A);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent).toHaveLength(3);
  });

  test("nothing is said after the end", async () => {
    const { reporter, sent } = setUp();
    reporter.changed(A);
    reporter.close();
    reporter.changed(B);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent).toEqual([]);
  });

  function setUp() {
    const kinds = new Map<DeviceId, "direct" | "relay">([
      [A, "relay"],
      [B, "relay"],
    ]);
    const sent: PathReport[][] = [];
    const deliveries: Delivery[] = [];
    const reporter = new PathReporter({
      read: (peerId) => {
        const kind = kinds.get(peerId);
        return kind && { peerId, path: { kind, since: 0 } };
      },
      send: async (reports) => {
        sent.push(reports);
        return deliveries.shift() ?? "delivered";
      },
    });
    return { reporter, sent, deliveries, kinds };
  }
});

describe("candidates", () => {
  test("are said at the start of each session, and then only when they are others", async () => {
    const { reporter, sent, state } = setUp();
    reporter.begin();
    await vi.advanceTimersByTimeAsync(0);
    reporter.changed();
    await vi.advanceTimersByTimeAsync(0);
    expect(sent).toEqual([1]);
    state.port = 2;
    reporter.changed();
    await vi.advanceTimersByTimeAsync(0);
    reporter.begin();
    await vi.advanceTimersByTimeAsync(0);
    expect(sent).toEqual([1, 2, 2]);
  });

  test("are said again when anything else of the report is another, but for the round trip", async () => {
    const { reporter, sent, state } = setUp();
    reporter.begin();
    await vi.advanceTimersByTimeAsync(0);
    state.roundTripMs = 99;
    reporter.changed();
    await vi.advanceTimersByTimeAsync(0);
    expect(sent).toEqual([1]);
    state.relays = [{ relay: "fra", rttMs: 12 }];
    reporter.changed();
    await vi.advanceTimersByTimeAsync(0);
    expect(sent).toEqual([1, 1]);
  });

  test("that change while they are being said are said next", async () => {
    const { reporter, sent, state } = setUp();
    reporter.begin();
    state.port = 7;
    reporter.changed();
    await vi.advanceTimersByTimeAsync(0);
    expect(sent).toEqual([1, 7]);
  });

  test("that are refused are said again until they are taken; offline ones wait for the next session", async () => {
    const { reporter, sent, deliveries } = setUp();
    deliveries.push("refused", "refused", "delivered");
    reporter.begin();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sent).toEqual([1, 1, 1]);
    deliveries.push("offline");
    reporter.begin();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent).toHaveLength(4);
  });

  test("leave no timer behind", async () => {
    const { reporter, sent, deliveries } = setUp();
    deliveries.push("refused");
    reporter.begin();
    await vi.advanceTimersByTimeAsync(0);
    reporter.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent).toHaveLength(1);
  });

  function setUp() {
    const state = { port: 1, roundTripMs: 1, relays: [] as RelayDistance[] };
    const sent: number[] = [];
    const deliveries: Delivery[] = [];
    const reporter = new CandidateReporter({
      read: (): CandidatesReport => ({
        candidates: [{ kind: "host", endpoint: `192.0.2.1:${state.port}` }],
        natProfile: null,
        probeEpoch: "A".repeat(22),
        roundTripMs: state.roundTripMs,
        relays: state.relays,
      }),
      send: async ({ candidates }) => {
        sent.push(Number(candidates[0]?.endpoint.split(":")[1]));
        return deliveries.shift() ?? "delivered";
      },
    });
    return { reporter, sent, deliveries, state };
  }
});
