/**
 * Sockets with a fresh local port, opened for one peer each. An attempt opens many and keeps at most the one that won, which
 * then carries that peer's packets.
 */
import type { DeviceId } from "@pinhole/protocol";
import type { PathEffects, SocketId } from "./contract.ts";
import { SocketIds } from "./socket-ids.ts";

/** Of all peers together: well below the descriptors that a process has by default. */
const MAX_SOCKETS = 480;

type Options = { readonly effects: Pick<PathEffects, "openSocket" | "closeSocket">; readonly ids?: SocketIds };

export class ExtraSockets {
  readonly #effects: Options["effects"];
  readonly #ids: SocketIds;
  readonly #owners = new Map<SocketId, DeviceId>();
  readonly #owned = new Map<DeviceId, Set<SocketId>>();

  constructor({ effects, ids = new SocketIds() }: Options) {
    this.#effects = effects;
    this.#ids = ids;
  }

  has(id: SocketId): boolean {
    return this.#owners.has(id);
  }

  ownsAny(owner: DeviceId): boolean {
    return this.#owned.has(owner);
  }

  /** For IPv4, which is where ports are translated. */
  open(owner: DeviceId): SocketId | undefined {
    if (this.#owners.size >= MAX_SOCKETS) return undefined;
    const id = this.#ids.take();
    this.#owners.set(id, owner);
    this.#owned.set(owner, (this.#owned.get(owner) ?? new Set()).add(id));
    this.#effects.openSocket(id, 4);
    return id;
  }

  /** Those of one peer that `isUsed` does not want to keep. */
  closeUnused(owner: DeviceId, isUsed: (id: SocketId) => boolean): void {
    for (const id of this.#owned.get(owner) ?? []) {
      if (isUsed(id)) continue;
      this.#forget(id);
      this.#effects.closeSocket(id);
    }
  }

  /** The system had none to give. */
  onFailed(id: SocketId): void {
    this.#forget(id);
  }

  #forget(id: SocketId): void {
    const owner = this.#owners.get(id);
    if (owner === undefined) return;
    this.#owners.delete(id);
    const owned = this.#owned.get(owner);
    owned?.delete(id);
    if (owned?.size === 0) this.#owned.delete(owner);
  }
}
