/**
 * One client that has shown its ticket: whom it may reach, how much it may send, and what waits for it.
 *
 * Ids are kept as strings of 16 characters, one a byte: made from a frame without going through hexadecimal.
 */
import { type DeviceId, idToBytes, type TeamId } from "@pinhole/protocol";
import { encodeRelayFrame, type RelayFrame, type RelayTicket } from "@pinhole/protocol/relay";
import { ByteBucket } from "./byte-bucket.ts";
import { FairQueue } from "./fair-queue.ts";
import type { TicketTerms } from "./ticket-terms.ts";

/** What the relay needs of a `ws` WebSocket. */
export type RelaySocket = {
  readonly bufferedAmount: number;
  send(data: Uint8Array, onSent?: (error?: Error | null) => void): void;
  close(code?: number, reason?: string): void;
  terminate(): void;
  on(event: "message", listener: (data: unknown, isBinary: boolean) => void): unknown;
  on(event: "close", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
};

export type RelayLimits = {
  readonly bytesPerSecond: number;
  readonly burstBytes: number;
  /** Bytes handed to the socket before packets begin to wait here. */
  readonly highWaterBytes: number;
  readonly queuedPackets: number;
};

export const DEFAULT_LIMITS: RelayLimits = {
  bytesPerSecond: 25_000_000,
  burstBytes: 8_000_000,
  highWaterBytes: 65_536,
  queuedPackets: 64,
};

/** Answers about absent peers: one a second for each peer, and so many peers. */
const ABSENT_INTERVAL_MS = 1_000;
const MAX_ABSENT = 256;
/** Ways to make the relay verify a signature. */
const TICKETS_PER_MINUTE = 30;

type LinkOptions = { readonly limits: RelayLimits; readonly terms: TicketTerms; readonly now: number };

export class RelayLink {
  readonly key: string;
  readonly teamId: TeamId;
  readonly idBytes: Uint8Array;
  readonly #socket: RelaySocket;
  readonly #limits: RelayLimits;
  readonly #terms: TicketTerms;
  readonly #bucket: ByteBucket;
  readonly #tickets: ByteBucket;
  readonly #waiting: FairQueue;
  readonly #absentAt = new Map<string, number>();
  #ticket: RelayTicket;
  #peers: ReadonlySet<string>;

  constructor(socket: RelaySocket, ticket: RelayTicket, { limits, terms, now }: LinkOptions) {
    this.key = keyOf(ticket.deviceId);
    this.teamId = ticket.teamId;
    this.idBytes = idToBytes(ticket.deviceId);
    this.#socket = socket;
    this.#limits = limits;
    this.#terms = terms;
    this.#bucket = new ByteBucket({ bytesPerSecond: limits.bytesPerSecond, burst: limits.burstBytes, now });
    this.#tickets = new ByteBucket({ bytesPerSecond: TICKETS_PER_MINUTE / 60, burst: TICKETS_PER_MINUTE, now });
    this.#waiting = new FairQueue(limits.queuedPackets);
    this.#ticket = ticket;
    this.#peers = new Set(ticket.peers.map(keyOf));
  }

  get expiresAt(): number {
    return this.#ticket.expiresAt;
  }

  mayReach(key: string, now: number): boolean {
    return this.#peers.has(key) && this.#terms.isGood(this.#ticket.expiresAt, now);
  }

  mayPresentTicket(now: number): boolean {
    return this.#tickets.take(1, now);
  }

  /** Takes a newer ticket of the same device; false for anybody else's. */
  renew(ticket: RelayTicket): boolean {
    const { deviceId, teamId, identityKey } = this.#ticket;
    const isSame = ticket.deviceId === deviceId && ticket.teamId === teamId;
    if (!isSame || Buffer.compare(ticket.identityKey, identityKey) !== 0) return false;
    this.#ticket = ticket;
    this.#peers = new Set(ticket.peers.map(keyOf));
    return true;
  }

  maySend(bytes: number, now: number): boolean {
    return this.#bucket.take(bytes, now);
  }

  /** Sends a packet's frame, or has it wait. Whether an older one had to go for it. */
  deliver(sender: string, frame: Uint8Array): boolean {
    if (this.#waiting.length === 0 && this.#socket.bufferedAmount < this.#limits.highWaterBytes) {
      this.#send(frame);
      return false;
    }
    // A copy: the frame is a piece of a larger read, which would stay in memory as long as it waits.
    return this.#waiting.push(sender, frame.slice());
  }

  /** A frame of the relay's own; left out when the client does not even take those. */
  tell(frame: RelayFrame): void {
    if (this.#socket.bufferedAmount < 4 * this.#limits.highWaterBytes) this.#socket.send(encodeRelayFrame(frame));
  }

  tellAbsent(key: string, deviceId: DeviceId, now: number): void {
    const last = this.#absentAt.get(key);
    if (last !== undefined && now - last < ABSENT_INTERVAL_MS) return;
    this.#absentAt.delete(key);
    this.#absentAt.set(key, now);
    if (this.#absentAt.size > MAX_ABSENT) {
      const [oldest] = this.#absentAt.keys();
      if (oldest !== undefined) this.#absentAt.delete(oldest);
    }
    this.tell({ kind: "peer-absent", deviceId });
  }

  #send(frame: Uint8Array): void {
    this.#socket.send(frame, (error) => {
      if (error === undefined || error === null) this.#drain();
    });
  }

  #drain(): void {
    while (this.#waiting.length > 0 && this.#socket.bufferedAmount < this.#limits.highWaterBytes) {
      const frame = this.#waiting.shift();
      if (frame !== undefined) this.#send(frame);
    }
  }
}

export function keyOf(deviceId: DeviceId): string {
  return Buffer.from(idToBytes(deviceId)).toString("latin1");
}
