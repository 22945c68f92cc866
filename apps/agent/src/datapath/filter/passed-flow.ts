/**
 * The flow whose packet passed last, for the packets that came with it: dozens of one flow come at
 * once, and what let the first one pass lets the others pass too.
 *
 * It holds for one moment of the clock, and for packets that change nothing about their flow.
 */
import type { InnerPacket } from "../packet/inner-packet.ts";
import { TCP, UDP } from "../packet/protocol-numbers.ts";

const SYN_FIN_RST = 0x07;
/** Two addresses of 16 bytes and two ports. */
const KEY_BYTES = 36;

export class PassedFlow<Peer> {
  readonly #key = new Uint8Array(KEY_BYTES);
  #peer: Peer | undefined;
  #protocol = 0;
  #addressBytes = 0;
  #at = 0;

  has(peer: Peer, packet: InnerPacket, now: number): boolean {
    if (this.#peer !== peer || this.#at !== now || this.#protocol !== packet.protocol) return false;
    const { bytes, srcAt, addressBytes, transportAt } = packet;
    if (this.#addressBytes !== addressBytes || !isPlain(packet)) return false;
    const length = 2 * addressBytes;
    for (let at = 0; at < length; at++) if (this.#key[at] !== bytes[srcAt + at]) return false;
    for (let at = 0; at < 4; at++) if (this.#key[length + at] !== bytes[transportAt + at]) return false;
    return true;
  }

  keep(peer: Peer, packet: InnerPacket, now: number): void {
    if (!isPlain(packet)) return this.forget();
    const { bytes, srcAt, addressBytes, transportAt } = packet;
    this.#peer = peer;
    this.#protocol = packet.protocol;
    this.#addressBytes = addressBytes;
    this.#at = now;
    // The two addresses are neighbours in either header, as the ports are.
    const length = 2 * addressBytes;
    for (let at = 0; at < length; at++) this.#key[at] = bytes[srcAt + at] ?? 0;
    for (let at = 0; at < 4; at++) this.#key[length + at] = bytes[transportAt + at] ?? 0;
  }

  forget(): void {
    this.#peer = undefined;
  }
}

function isPlain({ protocol, isFragment, tcpFlags }: InnerPacket): boolean {
  return !isFragment && (protocol === UDP || (protocol === TCP && (tcpFlags & SYN_FIN_RST) === 0));
}
