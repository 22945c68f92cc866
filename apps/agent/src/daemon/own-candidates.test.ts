import type { Candidate } from "@pinhole/protocol/control";
import { MAX_CANDIDATES } from "@pinhole/protocol/control";
import { expect, test } from "vitest";
import { mergeCandidates } from "./own-candidates.ts";

const host = (port: number): Candidate => ({ kind: "host", endpoint: `192.0.2.1:${port}` });

test("an endpoint that several know of is named once, as the first of them says", () => {
  const mapped: Candidate = { kind: "mapped", endpoint: "203.0.113.9:7" };
  const reflexive: Candidate = { kind: "server-reflexive", endpoint: "203.0.113.9:7" };
  expect(mergeCandidates([mapped], [host(1)], [reflexive])).toEqual([mapped, host(1)]);
});

test("no more are named than the server takes, the best informed first", () => {
  const many = Array.from({ length: MAX_CANDIDATES }, (_, n) => host(n + 1));
  expect(mergeCandidates([host(999)], many)).toEqual([host(999), ...many.slice(0, -1)]);
});
