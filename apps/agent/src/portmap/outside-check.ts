/**
 * Whether strangers reach an endpoint that a router says it opened: the dashboard sends there, and what arrives at our socket
 * with the token that only we two know is the answer.
 */
import { randomBytes } from "node:crypto";
import {
  type AddressFamily,
  addressFamily,
  addressScope,
  type Endpoint,
  formatEndpoint,
  toBase64Url,
} from "@pinhole/protocol";
import type { ReachabilityRefusal, ReachabilityRequest } from "@pinhole/protocol/control";
import { decodeStun, TRANSACTION_ID_BYTES } from "@pinhole/protocol/stun";

export type OutsideVerdict =
  | { readonly kind: "reached"; readonly endpoint: Endpoint }
  | { readonly kind: "not-reached" }
  /** Nobody could be asked: it may hold or not. */
  | { readonly kind: "unknown"; readonly because: ReachabilityRefusal | "offline" | "no-public-address" };

/** Where a STUN server saw us, and its proof of that. */
export type Seen = { readonly endpoint: Endpoint; readonly proof: Uint8Array | undefined };

type Deps = {
  readonly ask: (request: ReachabilityRequest) => Promise<"sent" | ReachabilityRefusal | "offline">;
  readonly whereSeen: (family: AddressFamily) => Promise<Seen | undefined>;
  /** @default a second */
  readonly patienceMs?: number;
};

/** One datagram may be lost. */
const TRIES = 3;
/** From the dashboard's word that it was sent: a way around the world, and some. */
const PATIENCE_MS = 1_000;

export class OutsideCheck {
  readonly #deps: Deps;
  readonly #waiting = new Map<string, () => void>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  async check(external: Endpoint): Promise<OutsideVerdict> {
    const seen = await this.#deps.whereSeen(addressFamily(external.address));
    let verdict: OutsideVerdict = { kind: "unknown", because: "no-public-address" };
    for (const endpoint of outsideOf(external, seen)) {
      const outcome = await this.#reach(endpoint, seen);
      if (outcome.kind === "reached") return outcome;
      if (verdict.kind !== "not-reached") verdict = outcome;
    }
    return verdict;
  }

  /** True when it was what the dashboard sent. Anybody may have: without a token that is waited for it says nothing. */
  onDatagram(bytes: Uint8Array): boolean {
    const decoded = decodeStun(bytes);
    if (!decoded.ok || decoded.value.kind !== "binding-indication") return false;
    this.#waiting.get(toBase64Url(decoded.value.transactionId))?.();
    return true;
  }

  async #reach(endpoint: Endpoint, seen: Seen | undefined): Promise<OutsideVerdict> {
    const arrived = Promise.withResolvers<true>();
    const tokens: string[] = [];
    try {
      for (let tries = 0; tries < TRIES; tries++) {
        const token = toBase64Url(randomBytes(TRANSACTION_ID_BYTES));
        tokens.push(token);
        this.#waiting.set(token, () => arrived.resolve(true));
        const answer = await this.#deps.ask({ endpoint: formatEndpoint(endpoint), token, ...shown(seen) });
        if (answer !== "sent") return { kind: "unknown", because: answer };
        if (await within(arrived.promise, this.#deps.patienceMs ?? PATIENCE_MS)) return { kind: "reached", endpoint };
      }
      return { kind: "not-reached" };
    } finally {
      for (const token of tokens) this.#waiting.delete(token);
    }
  }
}

/**
 * The endpoints at which the outside would find the mapping. A router behind another NAT names an address of that one's inside; should the outer
 * one pass everything on, the port is reached at the address that servers see.
 */
function outsideOf(external: Endpoint, seen: Seen | undefined): Endpoint[] {
  const named = isPublic(external.address) ? [external] : [];
  const isElsewhere = seen !== undefined && seen.endpoint.address !== external.address;
  return isElsewhere ? [...named, { address: seen.endpoint.address, port: external.port }] : named;
}

function shown(seen: Seen | undefined): Pick<ReachabilityRequest, "seen"> {
  if (seen?.proof === undefined) return {};
  return { seen: { endpoint: formatEndpoint(seen.endpoint), proof: toBase64Url(seen.proof) } };
}

function isPublic(address: string): boolean {
  return ["global", "documentation"].includes(addressScope(address));
}

async function within(arrived: Promise<true>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), ms)));
  const isIn = await Promise.race([arrived, late]);
  clearTimeout(timer);
  return isIn;
}
