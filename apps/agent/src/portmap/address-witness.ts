/** Asks the dashboard's STUN servers where they see our socket, for the proof of it: a STUN client, a socket of the datapath and a timer. */
import { randomBytes } from "node:crypto";
import { StunClient, type StunEffect, type StunOutcome, type StunQuery } from "@pinhole/path-engine";
import { type AddressFamily, addressFamily, type Endpoint } from "@pinhole/protocol";
import { monotonicMs } from "../clock.ts";
import type { Datapath } from "../datapath/contract.ts";
import { resolveStunServers } from "../netcheck/stun-servers.ts";
import type { Seen } from "./outside-check.ts";

const MAX_SERVERS = 3;

type Deps = {
  readonly dashboard: string;
  readonly servers: () => readonly string[];
  readonly datapath: Pick<Datapath, "sockets" | "sendDatagram">;
};

export class AddressWitness {
  readonly #deps: Deps;
  readonly #client = new StunClient({ randomBytes });
  readonly #waiting = new Map<StunQuery, (outcome: StunOutcome) => void>();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Within two seconds; one with a proof is preferred, for not every server can give one. */
  async whereSeen(family: AddressFamily): Promise<Seen | undefined> {
    const { servers, dashboard } = this.#deps;
    const resolved = await resolveStunServers(servers(), dashboard);
    const asked = resolved.filter(({ address }) => addressFamily(address) === family).slice(0, MAX_SERVERS);
    const outcomes = await Promise.all(asked.map((server) => this.#ask({ server })));
    const seen = outcomes.flatMap((outcome): Seen[] =>
      outcome.kind === "observed" ? [{ endpoint: outcome.mapped, proof: outcome.proof }] : [],
    );
    return seen.find(({ proof }) => proof !== undefined) ?? seen[0];
  }

  onDatagram(bytes: Uint8Array, from: Endpoint): void {
    this.#carryOut(this.#client.onDatagram(bytes, from, monotonicMs()));
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const [query, resolve] of this.#waiting) resolve({ kind: "silent", query });
    this.#waiting.clear();
  }

  #ask(query: StunQuery): Promise<StunOutcome> {
    return new Promise((resolve) => {
      const asked = this.#isClosed ? undefined : this.#client.ask(query, monotonicMs());
      if (asked?.ok !== true) return resolve({ kind: "silent", query });
      this.#waiting.set(query, resolve);
      this.#carryOut(asked.value);
    });
  }

  #carryOut(effects: readonly StunEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === "send") this.#send(effect.to, effect.bytes);
      else {
        this.#waiting.get(effect.outcome.query)?.(effect.outcome);
        this.#waiting.delete(effect.outcome.query);
      }
    }
    clearTimeout(this.#timer);
    const deadline = this.#client.nextDeadline();
    if (deadline === undefined || this.#isClosed) return;
    this.#timer = setTimeout(
      () => this.#carryOut(this.#client.onTick(monotonicMs())),
      Math.max(0, Math.ceil(deadline - monotonicMs())),
    );
  }

  #send(to: Endpoint, bytes: Uint8Array): void {
    const { datapath } = this.#deps;
    const socket = datapath.sockets.find(({ family }) => family === addressFamily(to.address));
    if (socket !== undefined) datapath.sendDatagram(socket.id, to, bytes);
  }
}
