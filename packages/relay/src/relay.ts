/**
 * Forwards sealed packets between two devices that both hold a ticket naming the other. It never dials anything, knows no
 * address of anybody, and cannot read what it carries.
 *
 *     connect ──challenge──▶ hello (ticket, signature) ──welcome──▶ data both ways ──▶ closed
 *
 * Nothing is kept for a connection before its hello but a nonce and a deadline. A packet for which there is no room, no
 * right or no receiver is dropped and counted, as a network would: what is inside is UDP.
 */
import { type KeyObject, randomBytes } from "node:crypto";
import { type DeviceId, deviceIdFromBytes, err, ID_BYTES, type Result, type TeamId } from "@pinhole/protocol";
import {
  decodeRelayFrame,
  encodeRelayFrame,
  isSealedPacket,
  MAX_RELAY_FRAME,
  MAX_RELAY_PAYLOAD,
  RELAY_DATA_HEADER_BYTES,
  RELAY_FRAME,
  RELAY_NONCE_BYTES,
  RELAY_REFUSALS,
  type RelayFrame,
  type RelayRefusal,
  type RelayTicket,
} from "@pinhole/protocol/relay";
import { newCounters, type RelayCounters } from "./relay-counters.ts";
import { DEFAULT_LIMITS, keyOf, type RelayLimits, RelayLink, type RelaySocket } from "./relay-link.ts";
import { StrangerSlots } from "./stranger-slots.ts";
import { TicketTerms } from "./ticket-terms.ts";
import { isSignedByHolder, verifyTicket } from "./verify-ticket.ts";

export type RelayOptions = {
  /**
   * As the netmap calls it; empty for the dashboard's own.
   * @default ""
   */
  readonly name?: string;
  /** Ed25519: what tickets are signed with. */
  readonly publicKey: KeyObject;
  /** Milliseconds since the epoch, on the clock that tickets are dated by. */
  readonly now: () => number;
  /** Asked of every ticket: one that was signed before the device was revoked is good for minutes yet. */
  readonly isRevoked: (device: { readonly teamId: TeamId; readonly deviceId: DeviceId }) => boolean;
  /**
   * How long a relay that stands alone goes on for those whom the server had let in, once the server is silent.
   * @default 0
   */
  readonly outageMs?: number;
  readonly limits?: Partial<RelayLimits>;
};

const HELLO_TIMEOUT_MS = 10_000;
const PING_AFTER_MS = 15_000;
const DEAD_AFTER_MS = 45_000;
/** A client that is slow to renew loses packets first, its connection later. */
const EXPIRY_GRACE_MS = 30_000;
const SWEEP_MS = 5_000;
/** For the words of a refusal to arrive; whoever does not hang up upon them is hung up on. */
const REFUSED_MS = 2_000;

type Connection = {
  readonly socket: RelaySocket;
  /** No stranger any more. */
  readonly settle: () => void;
  readonly nonce: Uint8Array;
  readonly openedAt: number;
  heardAt: number;
  link: RelayLink | undefined;
  isOver: boolean;
};

export class Relay {
  readonly counters: RelayCounters = newCounters();
  readonly #options: RelayOptions;
  readonly #limits: RelayLimits;
  readonly #terms: TicketTerms;
  readonly #connections = new Set<Connection>();
  readonly #byDevice = new Map<string, Connection>();
  readonly #strangers = new StrangerSlots({ total: 4_096, perAddress: 512 });
  #sweeper: NodeJS.Timeout | undefined;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#terms = new TicketTerms(options.outageMs ?? 0);
  }

  accept(socket: RelaySocket, address: string): void {
    const settle = this.#strangers.enter(address);
    if (settle === undefined) {
      socket.terminate();
      return;
    }
    const now = performance.now();
    const nonce = new Uint8Array(randomBytes(RELAY_NONCE_BYTES));
    const connection: Connection = {
      socket,
      settle,
      nonce,
      openedAt: now,
      heardAt: now,
      link: undefined,
      isOver: false,
    };
    this.#connections.add(connection);
    socket.on("message", (data, isBinary) => this.#receive(connection, data, isBinary));
    socket.on("close", () => {
      // Not sooner: what was refused costs as much as before until it is gone.
      settle();
      this.#forget(connection);
    });
    socket.on("error", () => socket.terminate());
    socket.send(encodeRelayFrame({ kind: "challenge", nonce }));
    this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  get connectedDevices(): number {
    return this.#byDevice.size;
  }

  /** Something about the device has changed: one that was revoked is off at once. */
  recheck(deviceId: DeviceId): void {
    const connection = this.#byDevice.get(keyOf(deviceId));
    if (connection?.link === undefined) return;
    const { teamId } = connection.link;
    if (this.#options.isRevoked({ teamId, deviceId })) this.#refuse(connection, "bad-ticket");
  }

  close(): void {
    for (const connection of this.#connections) this.#refuse(connection, "shutting-down");
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }

  #receive(connection: Connection, data: unknown, isBinary: boolean): void {
    if (connection.isOver) return;
    if (!isBinary || !(data instanceof Uint8Array) || data.length > MAX_RELAY_FRAME) {
      this.#refuse(connection, "bad-frame");
      return;
    }
    connection.heardAt = performance.now();
    const { link } = connection;
    // The one frame of which there are many is not taken apart.
    if (link !== undefined && data[0] === RELAY_FRAME.data) {
      this.#forward(link, data);
      return;
    }
    const decoded = decodeRelayFrame(data);
    if (!decoded.ok) this.#refuse(connection, "bad-frame");
    else if (link === undefined) this.#greet(connection, decoded.value);
    else this.#answer(connection, link, decoded.value);
  }

  #greet(connection: Connection, frame: RelayFrame): void {
    if (frame.kind !== "hello") {
      this.#refuse(connection, "bad-frame");
      return;
    }
    const { now, name: relayName = "" } = this.#options;
    const verified = this.#verify(frame.ticket);
    if (!verified.ok) {
      this.#refuse(connection, verified.error);
      return;
    }
    if (!isSignedByHolder(verified.value, { nonce: connection.nonce, relayName, signature: frame.signature })) {
      this.#refuse(connection, "bad-signature");
      return;
    }
    const link = new RelayLink(connection.socket, verified.value, {
      limits: this.#limits,
      terms: this.#terms,
      now: now(),
    });
    connection.link = link;
    connection.settle();
    const older = this.#byDevice.get(link.key);
    this.#byDevice.set(link.key, connection);
    if (older !== undefined) this.#refuse(older, "replaced");
    link.tell({ kind: "welcome" });
    this.counters.welcomed++;
  }

  #verify(bytes: Uint8Array): Result<RelayTicket, RelayRefusal> {
    const { publicKey, now, isRevoked } = this.#options;
    const verified = verifyTicket(bytes, publicKey);
    if (!verified.ok) return verified;
    const { expiresAt } = verified.value;
    this.#terms.hear(expiresAt);
    if (!this.#terms.isGood(expiresAt, now())) return err("ticket-expired");
    return isRevoked(verified.value) ? err("bad-ticket") : verified;
  }

  #answer(connection: Connection, link: RelayLink, frame: RelayFrame): void {
    const now = this.#options.now();
    switch (frame.kind) {
      case "ping":
        // Counted like data: an echo is traffic too.
        if (link.maySend(this.#limits.burstBytes / 1_000, now)) link.tell({ kind: "pong", echo: frame.echo });
        return;
      case "pong":
        return;
      case "ticket": {
        if (!link.mayPresentTicket(now)) return;
        const verified = this.#verify(frame.ticket);
        if (!verified.ok) this.#refuse(connection, verified.error);
        else if (!link.renew(verified.value)) this.#refuse(connection, "bad-ticket");
        return;
      }
      default:
        this.#refuse(connection, "bad-frame");
    }
  }

  #forward(from: RelayLink, frame: Uint8Array): void {
    const { counters } = this;
    const now = this.#options.now();
    const payload = frame.subarray(RELAY_DATA_HEADER_BYTES);
    if (payload.length > MAX_RELAY_PAYLOAD || !isSealedPacket(payload)) {
      counters.dropped.notSealed++;
      return;
    }
    if (!from.maySend(frame.length, now)) {
      counters.dropped.overRate++;
      return;
    }
    const key = Buffer.from(frame.buffer, frame.byteOffset + 1, ID_BYTES).toString("latin1");
    if (!from.mayReach(key, now)) {
      counters.dropped.notAllowed++;
      return;
    }
    const to = this.#byDevice.get(key)?.link;
    if (to === undefined) {
      counters.dropped.absent++;
      from.tellAbsent(key, deviceIdFromBytes(frame.slice(1, RELAY_DATA_HEADER_BYTES)), now);
      return;
    }
    if (to.teamId !== from.teamId || !to.mayReach(from.key, now)) {
      counters.dropped.notAllowed++;
      return;
    }
    // What went up with the receiver's id goes down with the sender's; the rest is not touched.
    frame.set(from.idBytes, 1);
    if (to.deliver(from.key, frame)) counters.dropped.queueFull++;
    counters.forwardedPackets++;
    counters.forwardedBytes += payload.length;
  }

  #refuse(connection: Connection, reason: RelayRefusal): void {
    if (connection.isOver) return;
    this.counters.refused[reason]++;
    this.#forget(connection);
    const code = RELAY_REFUSALS[reason];
    connection.socket.send(encodeRelayFrame({ kind: "refused", code }));
    connection.socket.close(4_000 + code, reason);
    setTimeout(() => connection.socket.terminate(), REFUSED_MS).unref();
  }

  #forget(connection: Connection): void {
    connection.isOver = true;
    if (!this.#connections.delete(connection)) return;
    const { link } = connection;
    if (link !== undefined && this.#byDevice.get(link.key) === connection) this.#byDevice.delete(link.key);
    if (this.#connections.size > 0) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }

  #sweep(): void {
    // Liveness by a clock that nobody sets; tickets by the one that they are dated by.
    const now = performance.now();
    for (const connection of this.#connections) {
      const { link, socket, openedAt, heardAt } = connection;
      if (link === undefined) {
        if (now - openedAt > HELLO_TIMEOUT_MS) socket.terminate();
      } else if (now - heardAt > DEAD_AFTER_MS) {
        socket.terminate();
      } else if (!this.#terms.isGood(link.expiresAt, this.#options.now() - EXPIRY_GRACE_MS)) {
        this.#refuse(connection, "ticket-expired");
      } else if (now - heardAt > PING_AFTER_MS) {
        link.tell({ kind: "ping", echo: new Uint8Array(randomBytes(8)) });
      }
    }
  }
}
