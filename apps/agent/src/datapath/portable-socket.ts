/**
 * One UDP socket of the portable way, and what waits to be sent through it.
 *
 * Node sends after the call returns, with the TTL that the socket has by then: one datagram's TTL
 * would be that of others begun shortly before or after. So a datagram with a TTL of its own waits
 * until the socket has nothing under way, and the next ones wait until it has left.
 */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { type AddressFamily, type Endpoint, err, ok, type Result } from "@pinhole/protocol/net";
import type { CountDrop } from "./drop-reason.ts";

export type SocketEvents = {
  readonly received: (bytes: Uint8Array, from: RemoteInfo) => void;
  readonly failed: (error: Error) => void;
  /** Nothing that was sent is under way any more. */
  readonly caughtUp: () => void;
};

type Outgoing = { readonly to: Endpoint; readonly bytes: Uint8Array; readonly ttl: number | undefined };

/** More than anybody sends before a socket is bound. */
const MAX_WAITING = 256;

/** More than the host hands over at once; of the longest packets on a network they are 1.5 MB. */
const MAX_UNDER_WAY = 1_024;

const DEFAULT_TTL = 64;

/** What most systems allow at most, or a little less. */
const WIDE_BUFFER_BYTES = 4 * 1024 * 1024;

export class PortableSocket {
  readonly #socket: Socket;
  readonly #countDrop: CountDrop;
  readonly #waiting: Outgoing[] = [];
  #state: "unbound" | "bound" | "closing" | "closed" = "unbound";
  #underWay = 0;
  #hasOwnTtl = false;
  #caughtUp: () => void = () => undefined;
  readonly #sent = (error: Error | null): void => this.#noteSent(error);

  constructor(family: AddressFamily, countDrop: CountDrop) {
    this.#socket = createSocket({
      type: family === 4 ? "udp4" : "udp6",
      ipv6Only: family === 6,
      // Addresses only: to have them looked up costs more than to send a datagram.
      lookup: (address, _, found) => found(null, address, family),
    });
    this.#countDrop = countDrop;
  }

  /** The system has not taken all that was sent. */
  get isBehind(): boolean {
    return this.#underWay > 0 && this.#state !== "closed" && this.#socket.getSendQueueCount() > 0;
  }

  /** The port that it has then. */
  bind(port: number): Promise<Result<number, NodeJS.ErrnoException>> {
    return new Promise((resolve) => {
      this.#socket.once("error", (error: NodeJS.ErrnoException) => {
        this.#end();
        resolve(err(error));
      });
      this.#socket.bind(port, () => {
        this.#socket.removeAllListeners("error");
        if (this.#state === "unbound") this.#state = "bound";
        resolve(ok(this.#socket.address().port));
        this.#sendWaiting();
      });
    });
  }

  listen({ received, failed, caughtUp }: SocketEvents): void {
    this.#socket.on("message", received);
    this.#socket.on("error", failed);
    this.#caughtUp = caughtUp;
  }

  /** Keeps a copy: the bytes are lent for the length of the call. */
  send(to: Endpoint, bytes: Uint8Array, ttl: number | undefined): void {
    if (this.#state === "closing" || this.#state === "closed") return this.#countDrop("unknown-socket");
    // Node throws at this, and who is to be reached was told by others.
    if (to.port === 0) return this.#countDrop("send-failed");
    if (this.#waiting.length === MAX_WAITING || this.#underWay >= MAX_UNDER_WAY) return this.#countDrop("send-full");
    const copy = Buffer.allocUnsafe(bytes.length);
    copy.set(bytes);
    const isNext = this.#state === "bound" && this.#waiting.length === 0 && !this.#hasOwnTtl;
    if (isNext && ttl === undefined) return this.#sendOne(to, copy);
    this.#waiting.push({ to, bytes: copy, ttl });
    this.#sendWaiting();
  }

  widen(): void {
    try {
      this.#socket.setRecvBufferSize(WIDE_BUFFER_BYTES);
      this.#socket.setSendBufferSize(WIDE_BUFFER_BYTES);
    } catch {
      // A system that refuses so much has its own idea of enough.
    }
  }

  /** Deaf at once; what was to be sent before is sent. */
  close(): void {
    this.#socket.removeAllListeners("message");
    this.#state = this.#state === "closed" ? "closed" : "closing";
    this.#closeWhenIdle();
  }

  #sendWaiting(): void {
    while (this.#state !== "unbound" && this.#state !== "closed") {
      const [next] = this.#waiting;
      if (next === undefined || this.#hasOwnTtl || (next.ttl !== undefined && this.#underWay > 0)) break;
      this.#waiting.shift();
      if (next.ttl !== undefined) {
        this.#hasOwnTtl = true;
        this.#socket.setTTL(next.ttl);
      }
      this.#sendOne(next.to, next.bytes);
    }
  }

  #sendOne(to: Endpoint, bytes: Uint8Array): void {
    this.#underWay += 1;
    this.#socket.send(bytes, to.port, to.address, this.#sent);
  }

  #noteSent(error: Error | null): void {
    if (error !== null) this.#countDrop("send-failed");
    this.#underWay -= 1;
    if (this.#state === "closed") return;
    // Then it was the only one under way.
    if (this.#hasOwnTtl) {
      this.#hasOwnTtl = false;
      this.#socket.setTTL(DEFAULT_TTL);
    }
    this.#sendWaiting();
    this.#closeWhenIdle();
    if (this.#underWay === 0) this.#caughtUp();
  }

  #closeWhenIdle(): void {
    if (this.#state === "closing" && this.#waiting.length === 0 && this.#underWay === 0) this.#end();
  }

  #end(): void {
    this.#state = "closed";
    for (const _ of this.#waiting.splice(0)) this.#countDrop("send-failed");
    this.#socket.close();
  }
}
