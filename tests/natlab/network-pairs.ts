/**
 * What ought to become of each pair of networks: the matrix of NAT classes, and the networks that stand for them.
 *
 * A class says what matters to a peer: whether it can know the endpoint that it will see (E, F, O), guess it (P: the next
 * port; B: one of many), and whom that endpoint lets in.
 */
import type { NetworkName } from "./behaviour.ts";

/** The technique that opens a pair, upper triangle: each row begins at its diagonal. */
const MATRIX = {
  /** Public, lets everybody in. */
  O: "S S S S S 1 1 1 1 1 1 1 R",
  /** Public behind a stateful firewall. */
  F: "S S S S P/B P B P B b B R",
  /** Endpoint-independent mapping; filtering by nothing, by address, by address and port. */
  E1: "S S S 1 1 1 1 1 1 1 R",
  E2: "S S 1 1 1 1 1 1 1 R",
  E3: "S P/B P B P B b B R",
  /** A port for each remote address: filtering by address; the next port; any port. */
  A2: "u u u u u u u R",
  As: "PP PB PP PB P+b PB R",
  Ar: "- - u - - R",
  /** A port for each flow: the next; any, filtering by address; any of a block; any. */
  Q: "PP - ~ - R",
  Rf: "u - - R",
  Rb: "~ - R",
  R: "- R",
  /** UDP does not pass. */
  U: "R",
} as const;

export type NatClass = keyof typeof MATRIX;

/**
 * `S` both send at once · `1` the hard side sends to one that lets it in · `P` guess one side's port, `PP` both · `B` try
 * many, `b` in a block · `PB` guess one and try many · `u` any port of an address will do · `~` seldom · `-` hopeless · `R` no UDP.
 */
export type Technique = "S" | "1" | "P" | "PP" | "P/B" | "B" | "b" | "PB" | "P+b" | "u" | "~" | "-" | "R";

/** Those that the engine tries. */
const OPENING: ReadonlySet<Technique> = new Set(["S", "1", "P", "PP", "P/B", "B", "b", "PB", "P+b", "u"]);

/** Those that need a few of a NAT's ports only, because a block of them is all it has. */
const WITHIN_A_BLOCK: ReadonlySet<Technique> = new Set(["b", "P+b"]);

const CLASS_OF = {
  public: "O",
  firewall: "F",
  "eim-eif": "E1",
  "eim-adf": "E2",
  "eim-apdf": "E3",
  cgn: "E3",
  "adm-adf": "A2",
  "adm-sequential": "As",
  "adm-random": "Ar",
  sequential: "Q",
  "random-adf": "Rf",
  "random-block": "Rb",
  random: "R",
  "udp-blocked": "U",
} as const satisfies Partial<Record<NetworkName, NatClass>>;

export type PairedNetwork = keyof typeof CLASS_OF;
export type NetworkPair = readonly [PairedNetwork, PairedNetwork];

export const PAIRED_NETWORKS = Object.keys(CLASS_OF) as PairedNetwork[];

/** Every unordered pair, those of the same kind too. */
export const networkPairs: readonly NetworkPair[] = PAIRED_NETWORKS.flatMap((a, i) =>
  PAIRED_NETWORKS.slice(i).map((b): NetworkPair => [a, b]),
);

/** Each network twice: with the one after it, and with the one before it. */
export const pairsInARing: readonly NetworkPair[] = PAIRED_NETWORKS.map(
  (network, i): NetworkPair => [network, PAIRED_NETWORKS[(i + 1) % PAIRED_NETWORKS.length]!],
);

function techniqueOf(pair: NetworkPair): Technique {
  const classes = Object.keys(MATRIX) as NatClass[];
  const [row, column] = pair.map((network) => classes.indexOf(CLASS_OF[network])).sort((x, y) => x - y);
  const techniques = MATRIX[classes[row!]!].split(" ") as Technique[];
  return techniques[column! - row!]!;
}

export function isWithinABlock(pair: NetworkPair): boolean {
  return WITHIN_A_BLOCK.has(techniqueOf(pair));
}

export function expectedPath(pair: NetworkPair): "direct" | "relay" {
  return OPENING.has(techniqueOf(pair)) ? "direct" : "relay";
}

/** The reason that `a` gives for the relay. */
export function expectedReason([a, b]: NetworkPair): string {
  if (a === "udp-blocked") return "udp_blocked_a";
  if (b === "udp-blocked") return "udp_blocked_b";
  return isHard(a) && isHard(b) ? "both_symmetric" : "symmetric_vs_port_restricted";
}

function isHard(network: PairedNetwork): boolean {
  return !["O", "F", "E1", "E2", "E3"].includes(CLASS_OF[network]);
}
