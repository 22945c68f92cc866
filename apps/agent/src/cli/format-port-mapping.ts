/** What routers open on request, in words for `pinhole netcheck`. */
import type { MappingProblem, Netcheck, PortMappingReport } from "../daemon/local-messages.ts";

const PROTOCOLS = { pcp: "PCP", "nat-pmp": "NAT-PMP", igd2: "UPnP (IGDv2)", igd1: "UPnP (IGDv1)" } as const;

const PROBLEMS: Record<MappingProblem, string> = {
  "not-authorized": "the router refuses: allow PCP, NAT-PMP or UPnP in its settings",
  "address-mismatch": "another NAT stands between this device and the router",
  "out-of-resources": "the router has no port left",
  "network-failure": "the router has no public address itself",
  "wrong-internal-port": "the router opens another port than it is asked for",
  silent: "the router stopped answering",
  failed: "the router could not",
  unreachable: "nothing from outside comes through: another NAT or a firewall stands beyond the router",
  "no-public-address": "the router's address is private, and no STUN server answers",
  "bad-endpoint": "the router names an endpoint that cannot be one",
  "address-not-yours": "the dashboard sees this device at another address than the router names",
  "not-sendable": "the dashboard has no way to that address",
  "too-many-requests": "the dashboard was asked too often; it is tried again",
  offline: "the dashboard cannot be asked to try it",
};

export function formatPortMapping(reports: Netcheck["portMapping"]): string[] {
  if (reports === null) return ["  Port mapping: switched off"];
  if (reports.length === 0) return ["  Port mapping: no router to ask"];
  return reports.map(
    (report) => `  Port mapping over IPv${report.family}, router ${report.gateway}: ${inWords(report)}`,
  );
}

function inWords({ offers, state, protocol, external, reachedAt, problem }: PortMappingReport): string {
  const by = protocol === null ? "" : ` by ${PROTOCOLS[protocol]}`;
  const why = problem === null ? "" : `: ${PROBLEMS[problem]}`;
  switch (state) {
    case "mapped":
      return `${reachedAt}${by}, reached from outside`;
    case "unverified":
      return `${external === null ? "opened" : external}${by}, not verified${why}`;
    case "refused":
      return `${offers.map((each) => PROTOCOLS[each]).join(", ")}, refused${why}`;
    case "none":
      return "it speaks neither PCP nor NAT-PMP nor UPnP";
    case "searching":
      return "not known yet";
    default:
      return state satisfies never;
  }
}
