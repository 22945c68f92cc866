/**
 * Handshake initiations that the relay could not deliver because their peer was not there.
 *
 * WireGuard itself asks again after five seconds, which is long for somebody who waits while the peer is just coming
 * up. So the same message is sent again shortly, as often as the peer may still be on its way; who has it already
 * takes a second copy for a replay. Only initiations: what else is lost, a session repairs.
 */
import type { DeviceId } from "@pinhole/protocol";

const INITIATION = 1;
const RESEND_MS = 250;
/** As long as until WireGuard's own next one. */
const MAX_RESENDS = 19;
/** Peers that are being called at the same time. */
const MAX_KEPT = 256;

type Call = { readonly initiation: Uint8Array; readonly resends: number; readonly timer?: NodeJS.Timeout };

export class Undelivered {
  readonly #resend: (peerId: DeviceId, initiation: Uint8Array) => void;
  readonly #calls = new Map<DeviceId, Call>();

  constructor(resend: (peerId: DeviceId, initiation: Uint8Array) => void) {
    this.#resend = resend;
  }

  /** Any packet that the agent hands to the relay. */
  onSent(peerId: DeviceId, packet: Uint8Array): void {
    if (packet[0] !== INITIATION) return;
    this.#end(peerId);
    if (this.#calls.size < MAX_KEPT) this.#calls.set(peerId, { initiation: packet.slice(), resends: 0 });
  }

  /** It answers: there is nothing to repeat. */
  onHeard(peerId: DeviceId): void {
    this.#end(peerId);
  }

  onAbsent(peerId: DeviceId): void {
    const call = this.#calls.get(peerId);
    if (call === undefined || call.timer !== undefined) return;
    if (call.resends >= MAX_RESENDS) return this.#end(peerId);
    const { initiation } = call;
    const resends = call.resends + 1;
    const timer = setTimeout(() => {
      this.#calls.set(peerId, { initiation, resends });
      this.#resend(peerId, initiation);
    }, RESEND_MS);
    this.#calls.set(peerId, { initiation, resends, timer });
  }

  /** The relay is there: what waits for it need wait no longer. */
  onUp(): void {
    for (const [peerId, { initiation, resends, timer }] of this.#calls) {
      if (timer === undefined) continue;
      clearTimeout(timer);
      this.#calls.set(peerId, { initiation, resends });
      this.#resend(peerId, initiation);
    }
  }

  close(): void {
    for (const peerId of this.#calls.keys()) this.#end(peerId);
  }

  #end(peerId: DeviceId): void {
    clearTimeout(this.#calls.get(peerId)?.timer);
    this.#calls.delete(peerId);
  }
}
