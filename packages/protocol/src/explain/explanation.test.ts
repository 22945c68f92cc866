import { describe, expect, test } from "vitest";
import { planStrategy } from "../punch/index.ts";
import { explainPair, explanationSchema } from "./explanation.ts";
import { factKindSchema } from "./fact.ts";
import { mergeTraces } from "./merge-traces.ts";
import { remedyKindSchema } from "./remedy.ts";
import { techniquesOf } from "./techniques.ts";
import { attempted, DRAWING, heard, profile, reflexive, sent, started } from "./testing/pair-fixture.ts";
import { factWords, remedyWords } from "./words.ts";

const names = { a: "laptop", b: "nas" };
const nats = { a: profile("a", DRAWING), b: profile("b") };

describe("both records as one", () => {
  const a = attempted("a", nats.a).trace;
  const b = attempted("b", nats.b, { events: [heard("b")] }).trace;

  test("are in the order of the server's clock", () => {
    const times = mergeTraces({ a, b }).map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
  });

  test("tell what was sent and seen from what was sent in vain", () => {
    const probes = mergeTraces({ a, b }).filter(({ kind }) => kind === "probe-sent");
    expect(probes.map(({ side, isSeen }) => [side, isSeen])).toEqual([
      ["a", true],
      ["b", false],
    ]);
  });

  test("do not say what nobody recorded", () => {
    const probes = mergeTraces({ a, b: null }).filter(({ kind }) => kind === "probe-sent");
    expect(probes).toHaveLength(1);
    expect(probes[0]).not.toHaveProperty("isSeen");
  });

  test("take an answer for the proof that a probe arrived", () => {
    const pong = { atMs: 40, kind: "pong-received", endpoint: reflexive("b") } as const;
    const answered = attempted("a", nats.a, { events: [pong] }).trace;
    expect(mergeTraces({ a: answered, b: null }).find(({ kind }) => kind === "probe-sent")?.isSeen).toBe(true);
  });
});

describe("the techniques", () => {
  const strategy = planStrategy(nats.a, nats.b);

  test("are told apart by what came of them", () => {
    const spray = { atMs: 200, kind: "spray-sent", repeated: 99 } as const;
    const a = attempted("a", nats.a, { events: [started("birthday"), spray] }).trace;
    expect(techniquesOf({ a, b: null }, strategy)).toEqual([
      { stage: "simultaneous", result: "missed", sent: { a: 7, b: 0 } },
      { stage: "birthday", result: "missed", sent: { a: 100, b: 0 } },
    ]);
    const b = attempted("b", nats.b, { events: [{ atMs: 200, kind: "spray-denied" }] }).trace;
    expect(techniquesOf({ a: null, b }, strategy)[1]).toMatchObject({ result: "denied" });
    const idle = attempted("a", nats.a).trace;
    expect(techniquesOf({ a: idle, b: null }, strategy)[1]).toMatchObject({ result: "not-run" });
  });

  test("name the one that opened the path", () => {
    const met = { atMs: 400, kind: "path-verified", candidate: "peer-reflexive" } as const;
    const opened = (candidate: "peer-reflexive" | "server-reflexive") => {
      const a = attempted("a", nats.a, { outcome: "direct", events: [{ ...met, candidate }] }).trace;
      return techniquesOf({ a, b: null }, strategy).find(({ result }) => result === "opened")?.stage;
    };
    expect([opened("peer-reflexive"), opened("server-reflexive")]).toEqual(["birthday", "simultaneous"]);
  });
});

test("an explanation of full records is what the schema says", () => {
  const evidence = {
    a: attempted("a", nats.a, { events: [sent("a")] }),
    b: attempted("b", nats.b),
    strategy: planStrategy(nats.a, nats.b),
  };
  const attempts = [{ at: 1, outcome: "no-path", rttMs: null, trigger: "traffic" } as const];
  expect(explanationSchema.safeParse(explainPair(evidence, attempts)).error).toBeUndefined();
});

test("each fact and each remedy has words, on a side and without one", () => {
  for (const side of ["a", "b", undefined] as const) {
    const where = side === undefined ? {} : { side };
    for (const kind of factKindSchema.options)
      expect(factWords({ kind, measured: true, ...where }, names)).toMatch(/^[A-Za-z][^{}_]+[^.]$/);
    for (const kind of remedyKindSchema.options)
      expect(remedyWords({ kind, ...where }, names)).toMatch(/^[A-Z][^{}_]+\.$/);
  }
});
