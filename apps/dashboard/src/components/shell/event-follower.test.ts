import { expect, test } from "vitest";
import type { HintKind, TeamEvent } from "@/trpc/outputs.ts";
import { newEventFollower } from "./event-follower.ts";

test("hints in order name what to read again", () => {
  const follower = newEventFollower();
  expect(follower.next(hello())).toBe("nothing");
  expect(follower.next(hints(1, "devices", "paths"))).toEqual(["devices", "paths"]);
  expect(follower.next(heartbeat(1))).toBe("nothing");
  expect(follower.next(hints(2, "tokens"))).toEqual(["tokens"]);
});

test("a hole before hints or before a heartbeat means everything, once", () => {
  const follower = newEventFollower();
  follower.next(hello());
  expect(follower.next(hints(2, "devices"))).toBe("everything");
  expect(follower.next(hints(3, "devices"))).toEqual(["devices"]);
  expect(follower.next(heartbeat(4))).toBe("everything");
  expect(follower.next(heartbeat(4))).toBe("nothing");
});

test("a stream that begins anew means everything, and its numbers count from its beginning", () => {
  const follower = newEventFollower();
  follower.next(hello());
  follower.next(hints(1, "devices"));
  expect(follower.next(hello())).toBe("everything");
  expect(follower.next(hints(1, "paths"))).toEqual(["paths"]);
});

test("the server says how often it speaks", () => {
  const follower = newEventFollower();
  follower.next(hello());
  expect(follower.heartbeatMs()).toBe(5_000);
});

const at = new Date(0);

function hello(): TeamEvent {
  return { kind: "hello", boot: "a", sequence: 0, at, heartbeatMs: 5_000 };
}

function heartbeat(sequence: number): TeamEvent {
  return { kind: "heartbeat", sequence, at };
}

function hints(sequence: number, ...kinds: HintKind[]): TeamEvent {
  return { kind: "hints", sequence, at, hints: kinds.map((kind) => ({ kind, ids: null })) };
}
