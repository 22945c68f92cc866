import type { MapperSnapshot } from "@pinhole/portmap";
import type { Endpoint } from "@pinhole/protocol";
import { expect, test } from "vitest";
import { MappedPort } from "./mapped-port.ts";
import type { OutsideVerdict } from "./outside-check.ts";

const EXTERNAL = { address: "203.0.113.7", port: 41_000 };
const REACHED = { kind: "reached", endpoint: EXTERNAL } as const;
const OFFLINE = { kind: "unknown", because: "offline" } as const;

test("is told of once the outside has reached it, and not before", async () => {
  const run = new Run();
  run.grant(1);
  expect([run.port.endpoint, run.port.state]).toEqual([undefined, undefined]);
  await run.answer(REACHED);
  expect([run.port.endpoint, run.port.state]).toEqual([EXTERNAL, "mapped"]);
  expect(run.port.report).toMatchObject({ protocol: "pcp", reachedAt: "203.0.113.7:41000", problem: null });
});

test("that nobody reaches is given back, and what the router does next counts", async () => {
  const run = new Run();
  run.grant(1);
  await run.answer({ kind: "not-reached" });
  expect(run.rejected).toEqual([1]);
  run.tell({ state: "refused", mapping: undefined, refusal: "unreachable" });
  expect([run.port.endpoint, run.port.state]).toEqual([undefined, "unverified"]);
});

test("is checked again with each renewal, and stays a candidate meanwhile, also when nobody can be asked", async () => {
  const run = new Run();
  run.grant(1);
  await run.answer(REACHED);
  run.grant(2);
  expect(run.port.endpoint).toEqual(EXTERNAL);
  await run.answer(OFFLINE);
  expect([run.port.endpoint, run.port.state]).toEqual([EXTERNAL, "mapped"]);
  run.port.recheck();
  await run.answer({ kind: "not-reached" });
  expect(run.port.endpoint).toBeUndefined();
  expect(run.rejected).toEqual([2]);
});

test("is gone at once when it is elsewhere or lost", async () => {
  const run = new Run();
  run.grant(1);
  await run.answer(REACHED);
  run.grant(2, { ...EXTERNAL, address: "203.0.113.8" });
  expect(run.port.endpoint).toBeUndefined();
  await run.answer({ kind: "reached", endpoint: { ...EXTERNAL, address: "203.0.113.8" } });
  expect(run.port.endpoint).toMatchObject({ address: "203.0.113.8" });
  run.tell({ state: "searching", mapping: undefined });
  expect(run.port.endpoint).toBeUndefined();
});

test("counts a verdict for the grant that it was asked for alone", async () => {
  const run = new Run();
  run.grant(1);
  run.grant(2, { ...EXTERNAL, port: 42_000 });
  await run.answer(REACHED);
  expect(run.port.endpoint).toBeUndefined();
  expect(run.asked).toEqual([EXTERNAL, { ...EXTERNAL, port: 42_000 }]);
});

test("that nobody can be asked about is unverified, and asked about again when told so", async () => {
  const run = new Run();
  run.grant(1);
  await run.answer(OFFLINE);
  expect([run.port.state, run.port.report.problem]).toEqual(["unverified", "offline"]);
  run.port.recheck();
  await run.answer(REACHED);
  expect(run.port.state).toBe("mapped");
  run.port.recheck();
  expect(run.asked).toHaveLength(2);
});

test("is not asked about again by whoever has asked too often", async () => {
  const run = new Run();
  run.grant(1);
  await run.answer({ kind: "unknown", because: "too-many-requests" });
  run.port.recheck();
  expect(run.asked).toHaveLength(1);
});

test("keeps what was last known while the router is asked anew", () => {
  const run = new Run();
  run.tell({ state: "none", offers: [] });
  run.tell({ state: "searching", offers: [] });
  expect(run.port.state).toBe("none");
});

class Run {
  readonly asked: Endpoint[] = [];
  readonly rejected: number[] = [];
  readonly port: MappedPort;
  readonly #mapper = {
    snapshot: { state: "searching", offers: [], mapping: undefined, refusal: undefined } as MapperSnapshot,
    reject: (revision: number) => {
      this.rejected.push(revision);
      this.tell({ state: "searching", mapping: undefined });
    },
    hurry: () => undefined,
    close: async () => undefined,
    abandon: () => undefined,
  };
  #onChange: () => void = () => undefined;
  #answer: (verdict: OutsideVerdict) => void = () => undefined;

  constructor() {
    this.port = new MappedPort({
      way: { family: 4, interfaceName: "eth0", network: { gateway: "192.168.1.1", local: EXTERNAL, onLink: [] } },
      outside: {
        check: (external) => {
          this.asked.push(external);
          return new Promise((resolve) => (this.#answer = resolve));
        },
      },
      open: (onChange) => {
        this.#onChange = onChange;
        return this.#mapper;
      },
      onChange: () => undefined,
      log: { trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet },
    });
  }

  grant(revision: number, external = EXTERNAL): void {
    this.tell({
      state: "mapped",
      offers: ["pcp"],
      mapping: { protocol: "pcp", external, isPermanent: false, revision },
    });
  }

  tell(change: Partial<MapperSnapshot>): void {
    this.#mapper.snapshot = { ...this.#mapper.snapshot, ...change };
    this.#onChange();
  }

  async answer(verdict: OutsideVerdict): Promise<void> {
    this.#answer(verdict);
    await new Promise(setImmediate);
  }
}

function quiet(): void {}
