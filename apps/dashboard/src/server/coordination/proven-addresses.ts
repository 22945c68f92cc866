/**
 * The public addresses that the server knows a device to be at: it saw the device there itself, or its STUN server did and
 * signed it. What a device merely says of itself is not among them, so peers may send much to these and to no others.
 *
 * Kept with the session and no longer: an address that a device was at an hour ago may be somebody else's.
 */
import { addressScope } from "@pinhole/protocol";
import { MAX_PROVEN_ADDRESSES } from "@pinhole/protocol/control";

/** Agents report what they measured every ten minutes. */
const KEPT_MS = 3_600_000;

export class ProvenAddresses {
  readonly #until = new Map<string, number>();
  readonly #source: string | undefined;

  /** `source`: where the control session comes from, which counts where it is no address inside of some network. */
  constructor(source: string) {
    this.#source = isPublic(source) ? source : undefined;
  }

  add(address: string, now: Date): void {
    this.#until.delete(address);
    this.#until.set(address, now.getTime() + KEPT_MS);
    const [oldest] = this.#until.keys();
    if (this.#until.size > MAX_PROVEN_ADDRESSES && oldest !== undefined) this.#until.delete(oldest);
  }

  /** The latest first. */
  at(now: Date): string[] {
    const held = [...this.#until].filter(([, until]) => until > now.getTime()).map(([address]) => address);
    const all = [...held.toReversed(), ...(this.#source === undefined ? [] : [this.#source])];
    return [...new Set(all)].slice(0, MAX_PROVEN_ADDRESSES);
  }
}

/** A private source is a reverse proxy's or a neighbour's, and "unknown" is nobody's. */
function isPublic(address: string): boolean {
  if (!/[.:]/.test(address)) return false;
  const scope = addressScope(address);
  return scope === "global" || scope === "documentation";
}
