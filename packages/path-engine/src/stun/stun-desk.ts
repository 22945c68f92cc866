/** Asks a STUN server how it sees a socket, for whoever has one: many sockets, one client, an answer or none. */
import { addressFamily, type Endpoint } from "@pinhole/protocol";
import type { SocketId } from "../contract.ts";
import { StunClient, type StunEffect, type StunQuery } from "./stun-client.ts";

export type Asked = (mapped: Endpoint | undefined, now: number) => void;

type Options = {
  readonly randomBytes: (length: number) => Uint8Array;
  readonly send: (socket: SocketId, to: Endpoint, bytes: Uint8Array) => void;
};

export class StunDesk {
  readonly #client: StunClient;
  readonly #send: Options["send"];
  readonly #waiting = new Map<StunQuery, { readonly socket: SocketId; readonly done: Asked }>();
  #servers: readonly Endpoint[] = [];

  constructor({ randomBytes, send }: Options) {
    this.#client = new StunClient({ randomBytes });
    this.#send = send;
  }

  setServers(servers: readonly Endpoint[]): void {
    this.#servers = servers;
  }

  /** Of an IPv4 socket. `done` is called once, in this call already when nobody can be asked. */
  ask(socket: SocketId, now: number, done: Asked): void {
    const server = this.#servers.find(({ address }) => addressFamily(address) === 4);
    if (server === undefined) return done(undefined, now);
    const query: StunQuery = { server };
    const asked = this.#client.ask(query, now);
    if (!asked.ok) return done(undefined, now);
    this.#waiting.set(query, { socket, done });
    this.#carryOut(asked.value, now);
  }

  /** True when the datagram answered a question of ours. */
  onDatagram(bytes: Uint8Array, from: Endpoint, now: number): boolean {
    const effects = this.#client.onDatagram(bytes, from, now);
    this.#carryOut(effects, now);
    return effects.length > 0;
  }

  tick(now: number): void {
    if (now >= this.nextDeadline()) this.#carryOut(this.#client.onTick(now), now);
  }

  nextDeadline(): number {
    return this.#client.nextDeadline() ?? Number.POSITIVE_INFINITY;
  }

  #carryOut(effects: readonly StunEffect[], now: number): void {
    for (const effect of effects) {
      if (effect.kind === "send") {
        const waiting = this.#waiting.get(effect.query);
        if (waiting !== undefined) this.#send(waiting.socket, effect.to, effect.bytes);
        continue;
      }
      const { outcome } = effect;
      const waiting = this.#waiting.get(outcome.query);
      this.#waiting.delete(outcome.query);
      waiting?.done(outcome.kind === "observed" ? outcome.mapped : undefined, now);
    }
  }
}
