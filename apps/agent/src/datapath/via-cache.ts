/**
 * Socket addresses as the kernel writes them → endpoints, without making text for every datagram:
 * nearly all datagrams come from where the last ones came from.
 */
import type { SocketId } from "./contract.ts";
import { decodeSockaddr, sockaddrLength } from "./ffi/sockaddr.ts";
import type { DirectVia } from "./packet-io.ts";

/** Whoever sends from forged addresses fills it; it is then emptied, and costs them a little more time than us. */
const MAX_ENTRIES = 4_096;

export class ViaCache {
  readonly #socket: SocketId;
  readonly #entries = new Map<string, DirectVia>();
  #lastBytes = new Uint8Array(0);
  #last: DirectVia | undefined;

  constructor(socket: SocketId) {
    this.#socket = socket;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(sockaddr: Uint8Array): DirectVia | undefined {
    const length = sockaddrLength(sockaddr);
    if (length === undefined) return undefined;
    if (this.#last !== undefined && startsWith(sockaddr, this.#lastBytes, length)) return this.#last;
    const bytes = sockaddr.slice(0, length);
    const key = Buffer.from(bytes.buffer).toString("latin1");
    const via = this.#entries.get(key) ?? this.#add(key, bytes);
    this.#last = via;
    this.#lastBytes = bytes;
    return via;
  }

  #add(key: string, bytes: Uint8Array): DirectVia | undefined {
    const endpoint = decodeSockaddr(bytes);
    if (endpoint === undefined) return undefined;
    const via = { socket: this.#socket, endpoint };
    if (this.#entries.size >= MAX_ENTRIES) this.#entries.clear();
    this.#entries.set(key, via);
    return via;
  }
}

function startsWith(bytes: Uint8Array, start: Uint8Array, length: number): boolean {
  if (start.length !== length) return false;
  for (let at = 0; at < length; at++) if (bytes[at] !== start[at]) return false;
  return true;
}
