/**
 * The UDP side of asking a router: one socket for questions and their answers, and one that hears what the router says to all.
 *
 * Apart from the socket of the tunnel: its port is the one that is asked for, and nothing of the LAN should reach it.
 */
import { createSocket, type Socket } from "node:dgram";
import { addressScope, type Endpoint, parseAddress } from "@pinhole/protocol";
import type { GatewayWay } from "./gateway-ways.ts";

/** Where PCP and NAT-PMP gateways say that they started over (RFC 6887 §14, RFC 6886 §3.2.1). */
const ANNOUNCEMENTS = { 4: "224.0.0.1", 6: "ff02::1" } as const;
const ANNOUNCEMENT_PORT = 5350;
/** A search is for the LAN. */
const MULTICAST_TTL = 2;

type Handlers = {
  readonly onDatagram: (from: Endpoint, bytes: Uint8Array) => void;
  readonly onAnnouncement: (from: Endpoint) => void;
};

export class GatewaySocket {
  readonly #way: GatewayWay;
  readonly #socket: Socket;
  readonly #announcements: Socket;

  constructor(way: GatewayWay, { onDatagram, onAnnouncement }: Handlers) {
    this.#way = way;
    this.#socket = this.#open(onDatagram);
    const { local } = way.network;
    this.#socket.bind(0, local.address, () => {
      this.#socket.setMulticastInterface(way.family === 4 ? local.address : `::%${way.interfaceName}`);
      this.#socket.setMulticastTTL(MULTICAST_TTL);
    });
    this.#announcements = this.#open(onAnnouncement);
    const group = ANNOUNCEMENTS[way.family];
    // Bound to the group, so that nothing else comes in here.
    this.#announcements.bind(ANNOUNCEMENT_PORT, this.#zoned(group), () =>
      this.#announcements.addMembership(group, way.family === 4 ? local.address : `::%${way.interfaceName}`),
    );
  }

  send({ address, port }: Endpoint, bytes: Uint8Array): void {
    // What cannot leave is answered by nobody, and the mapper waits for answers.
    this.#socket.send(bytes, port, this.#zoned(address), () => undefined);
  }

  close(): void {
    for (const socket of [this.#socket, this.#announcements]) {
      socket.removeAllListeners("message");
      socket.close();
    }
  }

  #open(onMessage: (from: Endpoint, bytes: Uint8Array) => void): Socket {
    const socket = createSocket({ type: this.#way.family === 4 ? "udp4" : "udp6", reuseAddr: true });
    // The address may be gone already: then another network is noticed soon.
    socket.on("error", () => undefined);
    socket.on("message", (bytes, { address: text, port }) => {
      const address = parseAddress(text.split("%")[0] ?? "");
      if (address.ok) onMessage({ address: address.value, port }, Uint8Array.from(bytes));
    });
    socket.unref();
    return socket;
  }

  /** An address of the link means nothing without the link. */
  #zoned(address: string): string {
    const isOfLink = address.includes(":") && ["link-local", "multicast"].includes(addressScope(address));
    return isOfLink ? `${address}%${this.#way.interfaceName}` : address;
  }
}
