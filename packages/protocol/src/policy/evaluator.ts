/**
 * What a policy says of one packet, and why: which grant lets it in, or which clause of each grant failed first. The
 * server, the agent's compiled filter and the browser give one answer; tests/fuzz holds them against each other.
 */
import { addressFamily } from "../address.ts";
import { hasExpired } from "./expiry.ts";
import { toSelectors } from "./match-device.ts";
import { type Party, speaksOf } from "./party.ts";
import type { Grant, Policy } from "./policy.ts";
import { PROTOCOL } from "./protocol-number.ts";
import { parseServices, type Service } from "./service.ts";

export type Question = {
  readonly src: Party;
  readonly dst: Party;
  readonly protocol: number;
  /** 0 where the protocol has none. */
  readonly dstPort: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
};

/** In the order in which they are looked at. `family`: no packet goes from an IPv4 address to an IPv6 one. */
export type Clause = "family" | "source" | "destination" | "service" | "expires";

export type PolicyAnswer =
  /** `grant`: the first that lets it in, by its place in the document. */
  | { readonly allowed: true; readonly grant: number }
  /** By grant. */
  | { readonly allowed: false; readonly failed: readonly Clause[] };

export type Evaluator = {
  ask(question: Question): PolicyAnswer;
  /** The grants that let anything at all through between the two. */
  joining(ends: Omit<Question, "protocol" | "dstPort">): readonly number[];
  /** All that the grants know of a party: two with the same answer get the same answers to every question. */
  mentions(party: Party): readonly string[];
};

export function newEvaluator(policy: Policy): Evaluator {
  const judges = policy.grants.map((grant) => newJudge(policy, grant));
  const sides = policy.grants.map(({ src, dst }) => ({ src: toSelectors(src), dst: toSelectors(dst) }));
  return {
    ask: (question) => {
      const failed: Clause[] = [];
      for (const [grant, judge] of judges.entries()) {
        const clause = judge(question);
        if (clause === undefined) return { allowed: true, grant };
        failed.push(clause);
      }
      return { allowed: false, failed };
    },
    joining: (ends) =>
      judges.flatMap((judge, grant) => (judge({ ...ends, protocol: null, dstPort: 0 }) === undefined ? [grant] : [])),
    mentions: (party) => [
      party.address === null ? "" : String(addressFamily(party.address)),
      ...sides.flatMap(({ src, dst }, grant) => [
        ...(src.some((selector) => speaksOf(policy, selector, party)) ? [`from ${grant}`] : []),
        ...(dst.some((selector) => speaksOf(policy, selector, party)) ? [`to ${grant}`] : []),
      ]),
    ],
  };
}

/** A protocol of null is whatever the grant allows. */
type Judge = (question: Omit<Question, "protocol"> & { readonly protocol: number | null }) => Clause | undefined;

function newJudge(policy: Policy, grant: Grant): Judge {
  const [src, dst] = [toSelectors(grant.src), toSelectors(grant.dst)];
  const services = grant.ip.flatMap((text) => parseServices(text) ?? []);
  return ({ src: from, dst: to, protocol, dstPort, at }) => {
    if (isMixed(from, to)) return "family";
    if (!src.some((selector) => speaksOf(policy, selector, from))) return "source";
    if (!dst.some((selector) => speaksOf(policy, selector, to))) return "destination";
    if (protocol !== null && !services.some((service) => serves(service, protocol, dstPort))) return "service";
    return hasExpired(grant, at) ? "expires" : undefined;
  };
}

function isMixed({ address: from }: Party, { address: to }: Party): boolean {
  return from !== null && to !== null && addressFamily(from) !== addressFamily(to);
}

function serves({ protocol: wanted, ports }: Service, protocol: number, port: number): boolean {
  if (wanted !== null && wanted !== protocol) return false;
  if (ports === undefined) return true;
  return (protocol === PROTOCOL.tcp || protocol === PROTOCOL.udp) && port >= ports[0] && port <= ports[1];
}
