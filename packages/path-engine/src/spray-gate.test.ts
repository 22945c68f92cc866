import { expect, test } from "vitest";
import { SprayGate } from "./spray-gate.ts";

const [one, other] = [`dev_${"1".repeat(32)}`, `dev_${"2".repeat(32)}`] as const;
const attempt = (n: number) => `att_${String(n).padStart(32, "0")}` as const;

test("one spray runs at a time", () => {
  const gate = new SprayGate();
  expect(gate.enter(attempt(1), one, 0)).toBe("open");
  expect(gate.enter(attempt(1), one, 5)).toBe("open");
  expect(gate.enter(attempt(2), other, 5)).toBe("busy");
  gate.leave(attempt(1), true, 10);
  expect(gate.enter(attempt(2), other, 10)).toBe("open");
});

test("a peer that was missed is left alone for a minute, then two, up to an hour", () => {
  const gate = new SprayGate();
  let now = 0;
  for (const minutes of [1, 2, 4, 8, 16, 32, 60, 60]) {
    expect(gate.enter(attempt(now), one, now)).toBe("open");
    gate.leave(attempt(now), false, now);
    expect(gate.enter(attempt(-1), one, now + minutes * 60_000 - 1)).toBe("resting");
    now += minutes * 60_000;
  }
  gate.forget(one);
  expect(gate.enter(attempt(now), one, now)).toBe("open");
});

test("an attempt that did not spray ends nothing", () => {
  const gate = new SprayGate();
  gate.enter(attempt(1), one, 0);
  gate.leave(attempt(2), false, 1);
  expect(gate.enter(attempt(3), other, 2)).toBe("busy");
});
