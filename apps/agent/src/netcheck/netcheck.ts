/**
 * What the network around this device allows: which endpoints servers see, and how the NAT maps and filters.
 *
 * The main socket asks, because the binding that peers will meet is the one that is measured. The first answer is told at
 * once ({@link NetcheckHandlers.onObserved}): it is a candidate, whatever else comes out.
 */
import { classifyNat, type Observation, type StunOutcome } from "@pinhole/path-engine";
import { type Endpoint, formatEndpoint } from "@pinhole/protocol";
import type { NatProfile } from "@pinhole/protocol/control";
import { testFiltering } from "./filtering-test.ts";
import type { StunExchange } from "./stun-exchange.ts";

export type StunAnswer = { readonly server: string; readonly observed: string | null; readonly rttMs: number | null };

export type NetcheckReport = {
  readonly profile: NatProfile;
  readonly answers: readonly StunAnswer[];
};

/** Where a server saw us, and its proof of that where it gave one. */
export type Observed = { readonly endpoint: Endpoint; readonly proof: Uint8Array | undefined };

type Input = {
  readonly exchange: StunExchange;
  /** All of the family that is measured. */
  readonly servers: readonly Endpoint[];
  readonly local: { readonly addresses: readonly string[]; readonly port: number };
  /** Milliseconds since the epoch, the server's where known. */
  readonly now: () => number;
  readonly onObserved: (observed: Observed) => void;
};

/** Two tell how a NAT maps; one more for when one of them is away. */
const MAX_SERVERS = 3;

/** Takes two round trips where everything answers, and two seconds where nothing does. */
export async function runNetcheck({ exchange, servers, local, now, onObserved }: Input): Promise<NetcheckReport> {
  const [first, ...rest] = servers.slice(0, MAX_SERVERS);
  if (first === undefined) return { profile: unknownProfile(now()), answers: [] };
  const ask = async (server: Endpoint, wantsOther: boolean): Promise<StunOutcome> => {
    const outcome = await exchange.ask({ server, wantsOther });
    if (outcome.kind === "observed") onObserved({ endpoint: outcome.mapped, proof: outcome.proof });
    return outcome;
  };
  const firstAsked = ask(first, rest.length > 0);
  const restAsked = rest.map((server) => ask(server, false));
  const filteringTested = firstAsked.then((outcome) =>
    outcome.kind === "observed" && outcome.otherAddress !== undefined
      ? testFiltering(first, outcome.otherAddress)
      : undefined,
  );
  const otherAsked = firstAsked.then((outcome) =>
    outcome.kind === "observed" && outcome.otherAddress !== undefined ? ask(outcome.otherAddress, false) : undefined,
  );
  const outcomes = [await firstAsked, ...(await Promise.all(restAsked))];
  const other = await otherAsked;
  if (other !== undefined) outcomes.push(other);

  const observations = outcomes.flatMap((outcome): Observation[] =>
    outcome.kind === "observed" ? [{ server: outcome.query.server, mapped: outcome.mapped }] : [],
  );
  const nat = classifyNat({ local, observations, filtering: await filteringTested });
  return {
    profile: {
      udp: nat.udp,
      mapping: nat.mapping,
      filtering: nat.filtering,
      ...(nat.portPreserving === undefined ? {} : { portPreserving: nat.portPreserving }),
      publicEndpoints: [...new Set(observations.map(({ mapped }) => formatEndpoint(mapped)))].slice(0, 8),
      confidence: nat.confidence,
      measuredAt: Math.round(now()),
    },
    answers: outcomes.map((outcome) => ({
      server: formatEndpoint(outcome.query.server),
      observed: outcome.kind === "observed" ? formatEndpoint(outcome.mapped) : null,
      rttMs: outcome.kind === "observed" ? (outcome.rttMs ?? null) : null,
    })),
  };
}

function unknownProfile(measuredAt: number): NatProfile {
  return {
    udp: "unknown",
    mapping: "unknown",
    filtering: "unknown",
    publicEndpoints: [],
    confidence: 0,
    measuredAt: Math.round(measuredAt),
  };
}
