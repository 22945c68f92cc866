import type { PathState, Reason } from "@pinhole/protocol/control";
import { expect, test } from "vitest";
import { pairVerdict, type Side } from "./pair-verdict.ts";

const direct: PathState = { kind: "direct", type: "punched", rttMs: 12.3, since: 0 };
const relayed: PathState = { kind: "relay", relay: "fra", rttMs: 38, since: 0 };
const bothHard: Reason = { code: "both_symmetric", side: "both", measured: true };

test("a direct pair is said in one breath", () => {
  expect(pairVerdict(side("laptop", { path: direct }), side("nas", { path: direct }))).toBe("laptop reaches nas directly, 12 ms.");
});

test("a relayed pair says why", () => {
  expect(pairVerdict(side("laptop", { path: relayed, reason: bothHard }), side("nas", { path: relayed }))).toBe(
    "laptop reaches nas through relay fra, 38 ms: both routers change the port for every peer.",
  );
});

test("what is inferred is not told as measured", () => {
  const reason: Reason = { code: "udp_blocked_b", measured: false };
  expect(pairVerdict(side("laptop", { path: { ...relayed, relay: "" }, reason }), side("nas", {}))).toBe(
    "laptop reaches nas through relay, 38 ms: likely, UDP is blocked where nas is.",
  );
});

test("a pair that is direct one way only does not pass for direct", () => {
  expect(pairVerdict(side("laptop", { path: direct }), side("nas", { path: relayed }))).toBe("nas reaches laptop through relay fra, 38 ms.");
});

test("the side that reported speaks", () => {
  expect(pairVerdict(side("laptop", {}), side("nas", { path: direct }))).toBe("nas reaches laptop directly, 12 ms.");
});

test.each([
  [false, true, "laptop is offline."],
  [true, false, "nas is offline."],
  [false, false, "laptop and nas are both offline."],
])("an old report about a device that is away is not repeated (%s, %s)", (a, b, words) => {
  expect(pairVerdict(side("laptop", { online: a, path: direct }), side("nas", { online: b, path: direct }))).toBe(words);
});

test("no report is no claim", () => {
  expect(pairVerdict(side("laptop", {}), side("nas", {}))).toBe("laptop and nas have not reported how they reach each other.");
});

function side(name: string, fields: Partial<Side>): Side {
  return { name, online: true, path: null, reason: null, ...fields };
}
