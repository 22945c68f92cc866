/** Questions to a policy and their answers, in names. Pure: the same evaluator as the server's and the agents'. */
import {
  askPair,
  type Clause,
  type Evaluator,
  type Holder,
  holdersOf,
  joiningGrants,
  newEvaluator,
  type Policy,
  type PolicyAnswer,
  type Proto,
} from "@pinhole/protocol/policy";
import type { PolicySubject } from "@/trpc/outputs.ts";

export type Ask = { readonly proto: Proto; readonly port: number; readonly at: number };

/** Null as id: one that is not there yet, or an address of nobody. */
export type Named = { readonly id: string | null; readonly name: string };

export type PairAnswer = { readonly from: Named; readonly to: Named; readonly answer: PolicyAnswer };

/** Many devices on both sides are more pairs than anybody reads. */
export const MAX_PAIRS = 200;

export type Asked =
  | { readonly kind: "unknown"; readonly side: "from" | "to" }
  | { readonly kind: "answered"; readonly pairs: readonly PairAnswer[]; readonly isCut: boolean };

/** What was typed → whom it means: a device by its name, or whatever a grant may say. */
export function namedHolders(
  policy: Policy,
  subjects: readonly PolicySubject[],
  text: string,
): readonly (Holder & { readonly name: string })[] {
  const typed = text.trim();
  const device = subjects.find(({ name }) => name === typed);
  const names = new Map<string | null, string>(subjects.map(({ id, name }) => [id, name]));
  return holdersOf(policy, subjects, device?.id ?? typed).map((holder) => ({
    ...holder,
    name: names.get(holder.id) ?? holder.bearer?.user ?? typed,
  }));
}

export function askAbout(
  policy: Policy,
  subjects: readonly PolicySubject[],
  { from, to, ...flow }: Ask & { readonly from: string; readonly to: string },
): Asked {
  const [sources, destinations] = [namedHolders(policy, subjects, from), namedHolders(policy, subjects, to)];
  if (sources.length === 0) return { kind: "unknown", side: "from" };
  if (destinations.length === 0) return { kind: "unknown", side: "to" };
  const evaluator = newEvaluator(policy);
  const pairs: PairAnswer[] = [];
  for (const source of sources) {
    for (const destination of destinations) {
      if (source.id !== null && source.id === destination.id) continue;
      if (pairs.length === MAX_PAIRS) return { kind: "answered", pairs, isCut: true };
      const answer = askPair(evaluator, { from: source, to: destination }, flow);
      pairs.push({ from: named(source), to: named(destination), answer });
    }
  }
  return { kind: "answered", pairs, isCut: false };
}

export type Reach = { readonly device: Named; readonly grants: readonly number[] };

/** The devices that `text` reaches, or that reach it, with the grants that say so. Undefined: nobody is meant. */
export function reachOf(
  policy: Policy,
  subjects: readonly PolicySubject[],
  { text, side, at }: { readonly text: string; readonly side: "from" | "to"; readonly at: number },
): readonly Reach[] | undefined {
  const ends = namedHolders(policy, subjects, text);
  if (ends.length === 0) return undefined;
  const evaluator = newEvaluator(policy);
  return subjects.flatMap((subject): Reach[] => {
    const grants = ends.flatMap((end) =>
      end.id === subject.id ? [] : grantsBetween(evaluator, { end, subject, side, at }),
    );
    return grants.length === 0
      ? []
      : [{ device: { id: subject.id, name: subject.name }, grants: [...new Set(grants)].toSorted((a, b) => a - b) }];
  });
}

function grantsBetween(
  evaluator: Evaluator,
  { end, subject, side, at }: { end: Holder; subject: PolicySubject; side: "from" | "to"; at: number },
): readonly number[] {
  const other = { id: subject.id, addresses: subject.addresses, bearer: subject };
  return joiningGrants(evaluator, side === "from" ? { from: end, to: other } : { from: other, to: end }, at);
}

const named = ({ id, name }: Holder & { readonly name: string }): Named => ({ id, name });

/** Why a grant does not let it in, after "it does not apply:". */
export function clauseWords(clause: Clause, { proto, port }: Pick<Ask, "proto" | "port">): string {
  switch (clause) {
    case "family":
      return "one end has an IPv4 address alone, the other an IPv6 address alone";
    case "source":
      return "src does not name where it comes from";
    case "destination":
      return "dst does not name where it goes";
    case "service":
      return `ip does not name ${proto === "icmp" ? "icmp" : `${proto}:${port}`}`;
    case "expires":
      return "it has ended by then";
    default:
      return clause satisfies never;
  }
}

/** Of what was asked, a test that keeps the answer as it is; undefined where nobody can be named. */
export function testOf(
  subjects: readonly PolicySubject[],
  { from, to, proto, port, allowed }: Ask & { from: string; to: string; allowed: boolean },
): object {
  const target = addressOf(subjects, to);
  const named =
    proto === "icmp"
      ? target
      : `${target.includes(":") && !/^[a-z]+:[a-z]/.test(target) ? `[${target}]` : target}:${port}`;
  return {
    src: addressOf(subjects, from),
    ...(proto === "tcp" ? {} : { proto }),
    [allowed ? "accept" : "deny"]: [named],
  };
}

/** A device's name is no selector: a machine that enrolls wishes for its own name. */
function addressOf(subjects: readonly PolicySubject[], text: string): string {
  const typed = text.trim();
  return subjects.find(({ name }) => name === typed)?.addresses[0] ?? typed;
}
