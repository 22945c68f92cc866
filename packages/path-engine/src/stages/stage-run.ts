/**
 * One stage of an attempt at work. Another technique is another implementation: it is told what happens, and reaches the
 * engine by its {@link StageHands} alone.
 */
import type { Endpoint } from "@pinhole/protocol";
import type { NatProfile, TraceEvent } from "@pinhole/protocol/control";
import type { NoteEntry, NoteTopic } from "@pinhole/protocol/probe";
import type { Role } from "@pinhole/protocol/punch";
import type { LocalSocket, SocketId } from "../contract.ts";
import type { Pair } from "../pair.ts";
import type { TraceDetail } from "../trace-recorder.ts";

export interface StageRun {
  /** A pair of candidates, from the start, or when it is learnt in the middle. */
  add(pair: Pair, now: number): void;
  /** A genuine ping of the peer came from where nothing was known to be. */
  onHeard(from: Endpoint, now: number): void;
  /** What the peer's side of this stage tells. */
  onNote(topic: NoteTopic, entries: readonly NoteEntry[], now: number): void;
  /** Does what is due. */
  run(now: number): void;
  nextDeadline(): number;
}

/** A packet to where a peer may be, from one of our sockets. */
export type Shot = { readonly socket: SocketId; readonly to: Endpoint; readonly ttl?: number | undefined };

export type StageHands = {
  /** False when the budget for unproven targets is spent, or the pair is gone. */
  ping(pair: Pair, ttl?: number): boolean;
  /** The same for an endpoint that is no candidate. */
  probe(shot: Shot): boolean;
  /** One of many, from the budget for sprays. "later" without budget or while another spray runs, "denied" where the address is not proven to be the peer's, or the last spray was in vain. */
  spray(shot: Shot): "sent" | "later" | "denied";
  /** A socket with a fresh local port; it is closed with the attempt unless it wins. Undefined when there are too many. */
  openSocket(): SocketId | undefined;
  /** Asks a STUN server how it sees this socket; `done` gets undefined when no answer came. */
  observe(socket: SocketId, done: (mapped: Endpoint | undefined, now: number) => void): void;
  /** Tells the peer, over the relay. */
  tell(topic: NoteTopic, entries: readonly NoteEntry[]): void;
  record(kind: TraceEvent["kind"], now: number, detail?: TraceDetail): void;
  mainSocket(): LocalSocket | undefined;
  /** Public IPv4 endpoints by which the peer was seen. */
  targets(): readonly Endpoint[];
  ownNat(): NatProfile | null;
};

export type StageContext = {
  readonly startAt: number;
  readonly endAt: number;
  readonly role: Role;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  readonly hands: StageHands;
};
