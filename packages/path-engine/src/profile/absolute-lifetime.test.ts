import { expect, test } from "vitest";
import { AbsoluteLifetime } from "./absolute-lifetime.ts";

const SERVER = { address: "198.51.100.1", port: 3478 };
const OTHER = { address: "198.51.100.2", port: 3478 };

test.each([
  { lifetimeMs: 60_000, everyMs: 15_000 },
  { lifetimeMs: 60_000, everyMs: 20_000 },
  { lifetimeMs: 75_000, everyMs: 17_000 },
  { lifetimeMs: 600_000, everyMs: 20_000 },
])("of $lifetimeMs ms shows after three deaths, and ever closer", ({ lifetimeMs, everyMs }) => {
  const absolute = new AbsoluteLifetime();
  watch(absolute, { lifetimeMs, everyMs, forMs: 2.9 * lifetimeMs });
  expect(absolute.lifetimeMs).toBeUndefined();
  const other = new AbsoluteLifetime();
  watch(other, { lifetimeMs, everyMs, forMs: 20.5 * lifetimeMs });
  expect(other.lifetimeMs).toBeGreaterThan(0.6 * lifetimeMs);
  expect(other.lifetimeMs).toBeLessThanOrEqual(lifetimeMs);
});

test("is none where the binding stays, or ends whenever it is silent", () => {
  const absolute = new AbsoluteLifetime();
  watch(absolute, { lifetimeMs: Number.POSITIVE_INFINITY, everyMs: 15_000, forMs: 3_600_000 });
  expect(absolute.lifetimeMs).toBeUndefined();
  for (let n = 0; n < 100; n++) absolute.onSeen(SERVER, { address: "203.0.113.1", port: 1_000 + n }, n * 17_000);
  expect(absolute.lifetimeMs).toBeUndefined();
});

test("is none where a router is switched off now and then, or servers see different ports", () => {
  const absolute = new AbsoluteLifetime();
  const moves = [0, 100_000, 900_000, 1_000_000, 3_000_000];
  for (let at = 0; at < 3_600_000; at += 15_000)
    absolute.onSeen(SERVER, { address: "203.0.113.1", port: 1_000 + moves.filter((each) => each <= at).length }, at);
  expect(absolute.lifetimeMs).toBeUndefined();
  for (let n = 0; n < 100; n++)
    absolute.onSeen(n % 2 === 0 ? SERVER : OTHER, { address: "203.0.113.1", port: n % 2 }, 4e6 + n * 60_000);
  expect(absolute.lifetimeMs).toBeUndefined();
});

test("is forgotten with the network", () => {
  const absolute = new AbsoluteLifetime();
  watch(absolute, { lifetimeMs: 60_000, everyMs: 15_000, forMs: 600_000 });
  expect(absolute.lifetimeMs).toBeDefined();
  absolute.forget();
  expect(absolute.lifetimeMs).toBeUndefined();
});

type Watching = { readonly lifetimeMs: number; readonly everyMs: number; readonly forMs: number };

function watch(absolute: AbsoluteLifetime, { lifetimeMs, everyMs, forMs }: Watching): void {
  let [bornAt, port] = [0, 1_000];
  for (let at = 0; at < forMs; at += everyMs) {
    if (at >= bornAt + lifetimeMs) [bornAt, port] = [at, port + 1];
    absolute.onSeen(SERVER, { address: "203.0.113.1", port }, at);
  }
}
