/**
 * What a policy says of one packet, and why: which grant lets it in, or which clause of each grant failed first. The
 * server, the agent's compiled filter and the browser give one answer; tests/fuzz holds them against each other.
 */
import { expiryOf } from "./expiry.ts";
import { type Matcher, newMatcher, type Party, type SeenParty, seeParty } from "./party.ts";
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

/** A protocol of null is whatever the grant allows. */
type Seen = {
  readonly src: SeenParty;
  readonly dst: SeenParty;
  readonly protocol: number | null;
  readonly dstPort: number;
  readonly at: number;
};

type Judge = {
  readonly isSource: Matcher;
  readonly isDestination: Matcher;
  readonly judge: (question: Seen) => Clause | undefined;
};

export function newEvaluator(policy: Policy): Evaluator {
  const judges = policy.grants.map((grant) => newJudge(policy, grant));
  return {
    ask: (question) => {
      const seen = { ...question, src: seeParty(question.src), dst: seeParty(question.dst) };
      const failed: Clause[] = [];
      for (const [grant, { judge }] of judges.entries()) {
        const clause = judge(seen);
        if (clause === undefined) return { allowed: true, grant };
        failed.push(clause);
      }
      return { allowed: false, failed };
    },
    joining: ({ src, dst, at }) => {
      const seen = { src: seeParty(src), dst: seeParty(dst), protocol: null, dstPort: 0, at };
      return judges.flatMap(({ judge }, grant) => (judge(seen) === undefined ? [grant] : []));
    },
    mentions: (party) => {
      const seen = seeParty(party);
      return [
        String(seen.family),
        ...judges.flatMap(({ isSource, isDestination }, grant) => [
          ...(isSource(seen) ? [`from ${grant}`] : []),
          ...(isDestination(seen) ? [`to ${grant}`] : []),
        ]),
      ];
    },
  };
}

function newJudge(policy: Policy, grant: Grant): Judge {
  const [isSource, isDestination] = [newMatcher(policy, grant.src), newMatcher(policy, grant.dst)];
  const services = grant.ip.flatMap((text) => parseServices(text) ?? []);
  const expiry = expiryOf(grant);
  const judge = ({ src, dst, protocol, dstPort, at }: Seen): Clause | undefined => {
    if (src.family !== null && dst.family !== null && src.family !== dst.family) return "family";
    if (!isSource(src)) return "source";
    if (!isDestination(dst)) return "destination";
    if (protocol !== null && !services.some((service) => serves(service, protocol, dstPort))) return "service";
    return expiry !== null && expiry <= at ? "expires" : undefined;
  };
  return { isSource, isDestination, judge };
}

function serves({ protocol: wanted, ports }: Service, protocol: number, port: number): boolean {
  if (wanted !== null && wanted !== protocol) return false;
  if (ports === undefined) return true;
  return (protocol === PROTOCOL.tcp || protocol === PROTOCOL.udp) && port >= ports[0] && port <= ports[1];
}
