/**
 * Where packets come from and go to, apart from what is done with them: the engine on one side,
 * and on the other either system calls in a loop (fast, Linux) or node:dgram (portable).
 *
 * Bytes are lent for the length of a call, either way: whoever keeps them copies them. What is
 * delivered is lent for longer, see {@link PacketIo.deliver}.
 */
import type { DatapathErrorCode, DatapathSocket, SendOptions, SocketId } from "./contract.ts";
import type { AddressFamily, Endpoint } from "@pinhole/protocol/net";
import type { InnerPacket } from "./packet/inner-packet.ts";
import type { VirtioHeader } from "./packet/virtio-header.ts";

/** An endpoint seen through one of our sockets: one object for as long as it is remembered. */
export type DirectVia = { readonly socket: SocketId; readonly endpoint: Endpoint };

/** Tells where a socket is bound; null when there is none, at once or because it failed later. */
export type SocketOpened = (port: number | null) => void;

export interface PacketIo {
  /** Those opened at the start; losing one of them is an error, losing another is told to who opened it. */
  readonly sockets: readonly DatapathSocket[];
  /** Whether there is a host behind us that {@link deliver} reaches. */
  readonly hasInterface: boolean;
  /** `options` are for this datagram alone. */
  send(socket: SocketId, to: Endpoint, datagram: Uint8Array, options?: SendOptions): void;
  /** One more, in the place of any that has the id. It can send when this returns, or what it is to send waits. */
  openSocket(id: SocketId, family: AddressFamily, opened: SocketOpened): void;
  closeSocket(id: SocketId): void;
  /** Gives a socket room for bursts, because a route leads over it. */
  widenSocket(id: SocketId): void;
  /** Memory for datagrams that are put together where they are sent from. */
  readonly outgoing: Uint8Array;
  /** Where in {@link outgoing} the next datagram of `length` bytes is to be put, a multiple of 16. */
  place(to: DirectVia, length: number): number;
  /** Sends what was put at the last {@link place}: with others that go the same way, at the latest when the turn ends. */
  take(): void;
  /**
   * To the host, at the latest when the datagrams that were received at once have all been given to the sink: a packet
   * that lies in one of those is lent until then. `from` is who sent it, for {@link extend}.
   */
  deliver(packet: InnerPacket, from?: object): void;
  /**
   * As {@link deliver}, for a packet that nobody has looked at yet: true only when it is the next piece of what another one
   * is a piece of, that is still to be delivered and came from the same sender. It differs from that one in nothing that
   * could be judged. False when nothing was done.
   */
  extend(packet: Uint8Array, from: object): boolean;
  /** Feeds the sink until {@link stop}; the fast one holds its thread all the while. */
  run(sink: PacketSink): Promise<void>;
  stop(): void;
  close(): void;
}

export type PacketSink = {
  /** From the host, with what is left to do about it. */
  packet(packet: Uint8Array, offload: VirtioHeader): void;
  datagram(via: DirectVia, datagram: Uint8Array): void;
  /** Somebody has messages for us. */
  woken(): void;
  /** The interface was down and is up: what belonged to it has to be put back. */
  interfaceRestored(): void;
  /** Ends a turn: does what is due and yields when it must be called again, in milliseconds from now. */
  turn(): number;
};

export type ReportError = (code: DatapathErrorCode, words: string) => void;
