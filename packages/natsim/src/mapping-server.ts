/**
 * A router that opens ports for hosts that ask: PCP, NAT-PMP and UPnP-IGD by what they do, not by
 * their bytes. For IPv6 it lets everybody through the firewall to an endpoint.
 */
import { type Endpoint, endpointsEqual } from "@pinhole/protocol/net";
import { addressOf, portOf } from "./address-book.ts";
import type { SimContext } from "./context.ts";
import type { Nat } from "./nat/nat.ts";

export type MappingServerOptions = {
  /** From the question to the answer: milliseconds, or seconds of a slow SSDP. @default 1 */
  readonly answerMs?: number;
  /** Speaks of this address, whichever it has: what a router behind another one does, or a confused one. */
  readonly externalAddress?: string;
  /** `permanent-only` refuses every lease that ends: UPnP error 725. */
  readonly leases?: "any" | "permanent-only";
  /** Leases longer than this are granted for this long. */
  readonly maxLeaseMs?: number;
  readonly maxMappings?: number;
  /** Forwards to another port inside than was asked for. */
  readonly forwardsTo?: (internalPort: number) => number;
  /** It does not answer at all. */
  readonly isSilent?: boolean;
};

export type MappingRequest = {
  readonly internal: Endpoint;
  /** 0 takes the mapping away; infinity is a permanent lease. */
  readonly lifetimeMs: number;
  /** The public port that is wished for. @default the internal one */
  readonly externalPort?: number;
};

export type MappingAnswer =
  | {
      readonly kind: "mapped";
      readonly external: Endpoint;
      readonly lifetimeMs: number;
      /** Since it started, as it says. One that goes back tells that mappings may be lost. */
      readonly epochMs: number;
    }
  | { readonly kind: "removed"; readonly epochMs: number }
  | { readonly kind: "refused"; readonly reason: "only-permanent-leases" | "no-resources" | "not-authorized" };

export class MappingServer {
  readonly #context: SimContext;
  readonly #natFor: (internal: Endpoint) => Nat | undefined;
  #options: MappingServerOptions;
  #startedAt: number;
  #granted: Endpoint[] = [];

  constructor(context: SimContext, options: MappingServerOptions, natFor: (internal: Endpoint) => Nat | undefined) {
    this.#context = context;
    this.#options = options;
    this.#natFor = natFor;
    this.#startedAt = context.time.now;
  }

  /** What is not named stays as it is. */
  change(options: MappingServerOptions): void {
    this.#options = { ...this.#options, ...options };
  }

  request(request: MappingRequest, onAnswer: (answer: MappingAnswer) => void): void {
    const { isSilent = false, answerMs = 1 } = this.#options;
    if (!isSilent) this.#context.time.after(answerMs, () => onAnswer(this.#answer(request)));
  }

  /** Loses its mappings and tells nobody. */
  wipe(): void {
    for (const internal of this.#granted) this.#natFor(internal)?.unforward();
    this.#granted = [];
  }

  /** With its router, which has forgotten everything. */
  restart(): void {
    this.#granted = [];
    this.resetEpoch();
  }

  /** Says from here on that it has just started; its mappings stand. */
  resetEpoch(): void {
    this.#startedAt = this.#context.time.now;
  }

  #answer({ internal, lifetimeMs, externalPort = internal.port }: MappingRequest): MappingAnswer {
    const { book, time } = this.#context;
    const nat = this.#natFor(internal);
    if (nat === undefined) return { kind: "refused", reason: "not-authorized" };
    const epochMs = time.now - this.#startedAt;
    const { leases = "any", maxLeaseMs = Number.POSITIVE_INFINITY, forwardsTo = (port) => port } = this.#options;
    const inside = book.key({ address: internal.address, port: forwardsTo(internal.port) });
    if (lifetimeMs === 0) {
      nat.unforward(inside);
      this.#granted = this.#granted.filter((each) => !endpointsEqual(each, internal));
      return { kind: "removed", epochMs };
    }
    if (leases === "permanent-only" && lifetimeMs !== Number.POSITIVE_INFINITY)
      return { kind: "refused", reason: "only-permanent-leases" };
    if (!this.#hasRoom(internal)) return { kind: "refused", reason: "no-resources" };
    const granted = Math.min(lifetimeMs, maxLeaseMs);
    const forward = nat.forward({ inside, preferred: externalPort, until: time.now + granted }, time.now);
    if (forward === undefined) return { kind: "refused", reason: "no-resources" };
    const address = this.#options.externalAddress ?? book.text(addressOf(forward.outside));
    return { kind: "mapped", external: { address, port: portOf(forward.outside) }, lifetimeMs: granted, epochMs };
  }

  #hasRoom(internal: Endpoint): boolean {
    if (this.#granted.some((each) => endpointsEqual(each, internal))) return true;
    if (this.#granted.length >= (this.#options.maxMappings ?? Number.POSITIVE_INFINITY)) return false;
    this.#granted.push(internal);
    return true;
  }
}
