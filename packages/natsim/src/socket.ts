/** A UDP socket of a simulated host. What it is given to do with packets is called in virtual time, never within `send`. */
import type { Endpoint } from "@pinhole/protocol/net";
import type { AddressId } from "./address-book.ts";
import type { IcmpKind } from "./packet.ts";

export type SocketError = {
  readonly kind: IcmpKind;
  /** Whom the packet in question was for. */
  readonly to: Endpoint;
  /** Of `packet-too-big`. */
  readonly mtuBytes: number | undefined;
};

export type SendOptions = {
  readonly ttl?: number;
  /** IPv4 only: IPv6 packets are never split by routers. */
  readonly dontFragment?: boolean;
};

/** What a socket needs of its host. */
export type SocketHost = {
  send(socket: SimSocket, to: Endpoint, packet: { readonly bytes: Uint8Array } & SendOptions): number;
  close(socket: SimSocket): void;
};

export class SimSocket {
  readonly port: number;
  /** The one address that it is bound to, if it is to one. */
  readonly address: AddressId | undefined;
  onDatagram: (from: Endpoint, bytes: Uint8Array) => void = () => undefined;
  onError: (error: SocketError) => void = () => undefined;
  readonly #host: SocketHost;

  constructor(host: SocketHost, { port, address }: { readonly port: number; readonly address: AddressId | undefined }) {
    this.#host = host;
    this.port = port;
    this.address = address;
  }

  /** Sends a copy. The number returned is the packet's: see {@link Ledger.fatesOf}. */
  send(to: Endpoint, bytes: Uint8Array, options: SendOptions = {}): number {
    return this.#host.send(this, to, { bytes, ...options });
  }

  close(): void {
    this.#host.close(this);
  }
}
