/**
 * What just happened, for whoever wants to look: a hint, never the data. Everything that must not be missed is in the
 * database, so a listener that was away reads there.
 */
import type { AttemptId, DeviceId, TeamId } from "@pinhole/protocol";

type TokenId = `tok_${string}`;

export type BusEvent = { readonly teamId: TeamId } & (
  | { readonly kind: "revision"; readonly revision: number }
  | { readonly kind: "presence"; readonly deviceId: DeviceId; readonly online: boolean }
  | { readonly kind: "device"; readonly deviceId: DeviceId }
  | { readonly kind: "enrolled"; readonly deviceId: DeviceId; readonly tokenId: TokenId }
  | { readonly kind: "nat"; readonly deviceId: DeviceId }
  | { readonly kind: "path"; readonly deviceId: DeviceId; readonly peerId: DeviceId }
  | { readonly kind: "attempt"; readonly attemptId: AttemptId }
  /** Another process has written to the database: nobody here knows what. */
  | { readonly kind: "elsewhere" }
  /** Not what it says, but whether it stays. */
  | { readonly kind: "policy" }
  /** It said which filter it runs. */
  | { readonly kind: "filter"; readonly deviceId: DeviceId }
  | { readonly kind: "metrics"; readonly deviceId: DeviceId }
  | { readonly kind: "token"; readonly tokenId: TokenId }
  /** A member or an invite; null: not one member in particular. */
  | { readonly kind: "member"; readonly userId: `usr_${string}` | null }
);

export type BusListener = (event: BusEvent) => void;

export class Bus {
  readonly #listeners = new Set<BusListener>();

  get listenerCount(): number {
    return this.#listeners.size;
  }

  /** Call it after the transaction of the change has committed. A listener that throws stops neither the others nor the caller. */
  publish(event: BusEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        console.error(`a listener failed on ${event.kind}:`, error);
      }
    }
  }

  /** Returns the function that ends the subscription. */
  subscribe(listener: BusListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
