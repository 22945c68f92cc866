import type { DeviceId } from "@pinhole/protocol";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Bus } from "../bus.ts";
import { type Sight, WHOLE_SIGHT } from "../devices/sight.ts";
import { HintBatch } from "./hint.ts";
import { HEARTBEAT_MS, teamEvents } from "./team-events.ts";

const OURS = "team_ours";
const device = (number: number): DeviceId => `dev_${number}`;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("team events", () => {
  test("begin with a greeting, and go on with a heartbeat when nothing happens", async () => {
    const { events } = listen();
    expect((await events.next()).value).toMatchObject({ kind: "hello", sequence: 0, heartbeatMs: HEARTBEAT_MS });
    const next = events.next();
    await vi.advanceTimersByTimeAsync(HEARTBEAT_MS);
    expect((await next).value).toMatchObject({ kind: "heartbeat", sequence: 0 });
  });

  test("tell of a storm of reports in one message, numbered", async () => {
    const { bus, events } = listen();
    await events.next();
    const next = events.next();
    for (let number = 0; number < 50; number++)
      bus.publish({ teamId: OURS, kind: "metrics", deviceId: device(number) });
    bus.publish({ teamId: OURS, kind: "path", deviceId: device(1), peerId: device(2) });
    await vi.advanceTimersByTimeAsync(100);
    const { value } = await next;
    expect(value).toMatchObject({ kind: "hints", sequence: 1 });
    expect(value?.kind === "hints" && value.hints.map(({ kind, ids }) => [kind, ids?.length])).toEqual([
      ["metrics", 50],
      ["paths", 2],
    ]);
  });

  test("keep what happened while nobody was reading", async () => {
    const { bus, events } = listen();
    await events.next();
    bus.publish({ teamId: OURS, kind: "device", deviceId: device(1) });
    const next = events.next();
    await vi.advanceTimersByTimeAsync(100);
    expect((await next).value).toMatchObject({ kind: "hints", hints: [{ kind: "devices", ids: [device(1)] }] });
  });

  test("tell nothing of another team", async () => {
    const { bus, events } = listen();
    await events.next();
    const next = events.next();
    bus.publish({ teamId: "team_theirs", kind: "device", deviceId: device(1) });
    await vi.advanceTimersByTimeAsync(HEARTBEAT_MS);
    expect((await next).value).toMatchObject({ kind: "heartbeat" });
  });

  test("name to whoever does not see the whole team only what they see", async () => {
    const sees = (id: DeviceId) => id === device(1);
    const { bus, events } = listen({
      isWhole: false,
      isCut: false,
      owns: sees,
      sees,
      locates: sees,
      seesPair: () => false,
    });
    await events.next();
    const next = events.next();
    for (const number of [1, 2]) bus.publish({ teamId: OURS, kind: "metrics", deviceId: device(number) });
    bus.publish({ teamId: OURS, kind: "device", deviceId: device(2) });
    bus.publish({ teamId: OURS, kind: "filter", deviceId: device(1) });
    bus.publish({ teamId: OURS, kind: "member", userId: "usr_1" });
    bus.publish({ teamId: OURS, kind: "token", tokenId: "tok_1" });
    await vi.advanceTimersByTimeAsync(100);
    expect((await next).value).toMatchObject({
      kind: "hints",
      hints: [
        { kind: "metrics", ids: [device(1)] },
        { kind: "tokens", ids: null },
      ],
    });

    const after = events.next();
    bus.publish({ teamId: OURS, kind: "device", deviceId: device(2) });
    await vi.advanceTimersByTimeAsync(100);
    expect((await after).value).toMatchObject({ kind: "heartbeat" });
  });

  // A session that was revoked must hear nothing more, and the socket must not stay open for long.
  test("end within ten seconds of a revocation, without another message", async () => {
    const { bus, events, rights } = listen();
    await events.next();
    rights.stand = false;
    bus.publish({ teamId: OURS, kind: "device", deviceId: device(1) });
    const next = expect(events.next()).rejects.toThrow("signed-out");
    await vi.advanceTimersByTimeAsync(10_000);
    await next;
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });

  test("leave nothing behind when the reader goes away", async () => {
    const { bus, events, reader } = listen();
    await events.next();
    const next = events.next();
    reader.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect((await next).done).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
    expect(bus.listenerCount).toBe(0);
  });
});

describe("a batch of hints", () => {
  test("names no rows of what another process wrote", () => {
    const batch = new HintBatch();
    batch.add({ teamId: OURS, kind: "device", deviceId: device(1) });
    batch.add({ teamId: OURS, kind: "elsewhere" });
    expect(batch.take()).toContainEqual({ kind: "devices", ids: null });
  });

  test("says `any of them` rather than naming hundreds", () => {
    const batch = new HintBatch();
    for (let number = 0; number <= 200; number++) batch.add({ teamId: OURS, kind: "nat", deviceId: device(number) });
    batch.add({ teamId: OURS, kind: "nat", deviceId: device(0) });
    expect(batch.take()).toEqual([{ kind: "devices", ids: null }]);
    expect(batch.isEmpty).toBe(true);
  });
});

function listen(sight: Sight = { ...WHOLE_SIGHT, owns: () => true }) {
  const bus = new Bus();
  const reader = new AbortController();
  const rights = { stand: true };
  const authorize = () => {
    if (!rights.stand) throw new Error("signed-out");
    return sight;
  };
  const events = teamEvents({ bus, teamId: OURS, now: () => new Date(), authorize, signal: reader.signal });
  return { bus, reader, rights, events };
}
