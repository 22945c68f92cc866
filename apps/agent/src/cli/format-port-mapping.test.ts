import { expect, test } from "vitest";
import type { PortMappingReport } from "../daemon/local-messages.ts";
import { formatPortMapping } from "./format-port-mapping.ts";

const REPORT: PortMappingReport = {
  family: 4,
  gateway: "192.168.1.1",
  offers: ["pcp", "igd2"],
  state: "mapped",
  protocol: "pcp",
  external: "203.0.113.7:41000",
  reachedAt: "203.0.113.7:41000",
  problem: null,
};
const GONE = { protocol: null, external: null, reachedAt: null } as const;

test.each<[Partial<PortMappingReport>, string]>([
  [{}, "203.0.113.7:41000 by PCP, reached from outside"],
  [{ ...GONE, state: "none", offers: [] }, "it speaks neither PCP nor NAT-PMP nor UPnP"],
  [
    { ...GONE, state: "refused", problem: "not-authorized" },
    "PCP, UPnP (IGDv2), refused: the router refuses: allow PCP, NAT-PMP or UPnP in its settings",
  ],
  [
    { ...GONE, state: "unverified", problem: "unreachable" },
    "opened, not verified: nothing from outside comes through: another NAT or a firewall stands beyond the router",
  ],
  [
    { state: "unverified", external: "10.0.0.7:41000", reachedAt: null, problem: "offline" },
    "10.0.0.7:41000 by PCP, not verified: the dashboard cannot be asked to try it",
  ],
  [{ ...GONE, state: "searching", offers: [] }, "not known yet"],
])("%j", (fields, words) => {
  const line = `  Port mapping over IPv4, router 192.168.1.1: ${words}`;
  expect(formatPortMapping([{ ...REPORT, ...fields }])).toEqual([line]);
});

test("says so where nobody was asked", () => {
  expect(formatPortMapping(null)).toEqual(["  Port mapping: switched off"]);
  expect(formatPortMapping([])).toEqual(["  Port mapping: no router to ask"]);
});
