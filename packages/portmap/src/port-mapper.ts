/**
 * Keeps one port of ours open at the gateway, over one address family, by whichever protocol the gateway speaks.
 *
 *                 ┌──────────── nothing offered, or all refused: waits ◀────────┐
 *                 ▼                                                             │
 *     start ─▶ searching ──best offer──▶ asking ──granted──▶ held               │
 *                            ▲              │ refused         │  │              │
 *                            └─ next offer ─┘◀───────────────-┘  │ expired, ────┘
 *                                             half-life, or gone │ refused
 *
 * Sans-I/O: the owner carries out the effects, brings time, randomness and what comes in, and calls {@link PortMapper.tick} at
 * {@link PortMapper.nextDeadline}. On another network it begins with another mapper.
 *
 * What is held is the gateway's word. Whether it holds from outside is the owner's to find out, who then may {@link PortMapper.reject}
 * it: then the next protocol is tried.
 */
import type { Endpoint } from "@pinhole/protocol/net";
import {
  type HttpAnswer,
  type Lease,
  type MapperSnapshot,
  type MapperState,
  type MappingProtocol,
  type PortMapperOptions,
  PROTOCOLS,
  type Refusal,
} from "./contract.ts";
import { Discovery } from "./discovery.ts";
import { HeldLease } from "./held-lease.ts";
import type { Procedure } from "./procedure.ts";
import { ProcedureRunner } from "./procedure-runner.ts";

/** RFC 6886 §3.3 recommends two hours. */
const LIFETIME_S = 7_200;
/** A better protocol that the gateway speaks has answered by then. */
const GRACE_MS = 400;
/** After nothing answered, or all refused. Routers change when they are rebooted, which is a network change, or set up. */
const WAITS_MS = [60_000, 300_000, 900_000, 3_600_000] as const;
/** Whoever is impatient may ask again and again, and each search ends in questions to the outside. */
const MIN_SEARCH_GAP_MS = 30_000;
const CLOSE_WITHIN_MS = 1_200;

export class PortMapper {
  readonly #options: PortMapperOptions;
  readonly #runner: ProcedureRunner;
  #discovery: Discovery;
  #startedAt: number;
  #offers: MappingProtocol[] = [];
  readonly #tried = new Set<MappingProtocol>();
  #held: HeldLease | undefined;
  #isAsking = false;
  /** Which question counts: the answer to one that was dropped meanwhile does not. */
  #turn = 0;
  #refusal: Refusal["code"] | "unreachable" | undefined;
  #retryAfterMs = 0;
  /** When to search again; undefined while a search runs or something is held. */
  #retryAt: number | undefined;
  #failures = 0;
  #revision = 0;
  #isClosed = false;
  #closing: { readonly at: number; readonly onClosed: () => void } | undefined;

  constructor(options: PortMapperOptions) {
    this.#options = options;
    this.#runner = new ProcedureRunner(options.effects, options.now);
    this.#startedAt = options.now();
    this.#discovery = this.#discover();
  }

  get snapshot(): MapperSnapshot {
    const names = new Set(this.#offers.map(({ name }) => name));
    return {
      state: this.#state,
      offers: PROTOCOLS.filter((name) => names.has(name)),
      mapping: this.#held && {
        protocol: this.#held.protocol.name,
        external: this.#held.lease.external,
        isPermanent: this.#held.lease.lifetimeMs === null,
        revision: this.#revision,
      },
      refusal: this.#held === undefined ? this.#refusal : undefined,
    };
  }

  /** Anything that came to the socket of our datagrams. */
  onDatagram(from: Endpoint, bytes: Uint8Array): void {
    if (!this.#isClosed && this.#discovery.onDatagram(from, bytes)) return;
    this.#runner.onDatagram(from, bytes);
    this.#consider();
  }

  onHttp(id: number, answer: HttpAnswer | undefined): void {
    this.#runner.onHttp(id, answer);
    this.#consider();
  }

  /** The gateway said to all that it started over, or somebody did in its name: it is asked. */
  onAnnouncement(from: Endpoint): void {
    if (from.address === this.#options.network.gateway) this.#held?.onAnnouncement(this.#options.now());
  }

  /** Looks again at once, where there is nothing to lose by it and the last look was not just now. */
  hurry(): void {
    const isStale = this.#options.now() - this.#startedAt >= MIN_SEARCH_GAP_MS;
    if (this.#retryAt !== undefined && isStale) this.#search();
  }

  /** The mapping does not do what it should, seen from outside: it is given back, and the next protocol asked. */
  reject(revision: number): void {
    const held = this.#held;
    if (held === undefined || revision !== this.#revision) return;
    this.#held = undefined;
    this.#refusal = "unreachable";
    this.#tried.add(held.protocol);
    this.#converse(held.protocol.unmap(held.lease), () => this.#consider());
    this.#options.effects.onChange();
  }

  /** Gives back what is held; `onClosed` comes within little more than a second. Only ticks, datagrams and answers count afterwards. */
  close(onClosed: () => void): void {
    this.#isClosed = true;
    this.#runner.abandonAll();
    const held = this.#held;
    this.#held = undefined;
    this.#retryAt = undefined;
    if (held === undefined) return onClosed();
    this.#closing = { at: this.#options.now() + CLOSE_WITHIN_MS, onClosed };
    this.#runner.start(held.protocol.unmap(held.lease), () => this.#closed());
  }

  tick(): void {
    this.#runner.tick();
    const now = this.#options.now();
    if (this.#closing !== undefined && this.#closing.at <= now) this.#closed();
    if (this.#isClosed) return;
    const held = this.#held;
    if (held !== undefined) this.#keep(held, now);
    else if (this.#retryAt !== undefined && this.#retryAt <= now) this.#search();
    else {
      this.#discovery.tick();
      this.#consider();
    }
  }

  nextDeadline(): number | undefined {
    const deadlines = [this.#runner.nextDeadline(), this.#ownDeadline()].filter((at) => at !== undefined);
    return deadlines.length === 0 ? undefined : Math.min(...deadlines);
  }

  get #state(): MapperState {
    if (this.#held !== undefined) return "mapped";
    if (this.#retryAt === undefined) return "searching";
    return this.#offers.length === 0 ? "none" : "refused";
  }

  #ownDeadline(): number | undefined {
    if (this.#isClosed) return this.#closing?.at;
    const held = this.#held;
    if (held !== undefined) return this.#isAsking ? undefined : held.nextDeadline;
    if (this.#retryAt !== undefined) return this.#retryAt;
    const graceEnds = this.#startedAt + GRACE_MS;
    const grace = graceEnds > this.#options.now() ? graceEnds : undefined;
    const discovery = this.#discovery.nextDeadline();
    if (grace === undefined || discovery === undefined) return discovery ?? grace;
    return Math.min(grace, discovery);
  }

  #search(): void {
    this.#runner.abandonAll();
    this.#turn++;
    this.#isAsking = false;
    this.#retryAt = undefined;
    this.#retryAfterMs = 0;
    this.#offers = [];
    this.#tried.clear();
    this.#startedAt = this.#options.now();
    this.#discovery = this.#discover();
    this.#options.effects.onChange();
  }

  #discover(): Discovery {
    const { network, nonce, now, randomBytes, effects } = this.#options;
    return new Discovery({
      network,
      nonce,
      runner: this.#runner,
      now,
      randomBytes,
      sendDatagram: effects.sendDatagram,
      onOffer: (offer) => {
        this.#offers.push(offer);
        // One that was slow to answer ends the wait.
        if (this.#retryAt !== undefined) this.#retryAt = undefined;
        this.#consider();
        effects.onChange();
      },
    });
  }

  /** Asks the best that has not been asked, or gives up for a while. */
  #consider(): void {
    if (this.#held !== undefined || this.#isAsking || this.#isClosed) return;
    const untried = this.#offers.filter((offer) => !this.#tried.has(offer));
    const best = PROTOCOLS.flatMap((name) => untried.filter((offer) => offer.name === name))[0];
    const isEarly = this.#options.now() < this.#startedAt + GRACE_MS;
    if (best !== undefined) {
      if (!(isEarly && this.#discovery.mayImprove(best.name))) this.#ask(best, undefined);
    } else if (this.#discovery.isSettled && this.#retryAt === undefined) this.#giveUp();
  }

  #ask(protocol: MappingProtocol, held: Lease | undefined): void {
    const { network, externalPort = network.local.port } = this.#options;
    this.#converse(protocol.map({ externalPort, lifetimeS: LIFETIME_S, held }), (granted) => {
      // Held until its renewal, it was good for something: the next time, nobody waits for long.
      if (this.#held !== undefined) this.#failures = 0;
      if (granted.ok) this.#hold(protocol, granted.value);
      else if (this.#held === undefined) this.#onRefused(protocol, granted.error);
      else this.#onNotRenewed(this.#held, granted.error);
    });
  }

  #hold(protocol: MappingProtocol, lease: Lease): void {
    this.#held = new HeldLease(protocol, lease, this.#options.now());
    this.#refusal = undefined;
    this.#revision++;
    this.#options.effects.onChange();
  }

  #onRefused(protocol: MappingProtocol, { code, retryAfterMs = 0 }: Refusal): void {
    this.#tried.add(protocol);
    this.#refusal = code;
    this.#retryAfterMs = Math.max(this.#retryAfterMs, retryAfterMs);
    this.#consider();
  }

  #onNotRenewed(held: HeldLease, { code }: Refusal): void {
    if (code === "silent" && held.onSilence(this.#options.now())) return;
    this.#held = undefined;
    this.#refusal = code;
    this.#search();
  }

  #keep(held: HeldLease, now: number): void {
    if (this.#isAsking) return;
    switch (held.due(now)) {
      case "renewal":
        return this.#ask(held.protocol, held.lease);
      case "check":
        held.onCheck(now);
        return this.#converse(held.protocol.check(held.lease), (outcome) => {
          if (outcome === "gone") this.#ask(held.protocol, held.lease);
        });
      default:
    }
  }

  /** One conversation at a time about what is held or to be held. */
  #converse<T>(procedure: Procedure<T>, onDone: (outcome: T) => void): void {
    const turn = ++this.#turn;
    this.#isAsking = true;
    this.#runner.start(procedure, (outcome) => {
      if (turn !== this.#turn) return;
      this.#isAsking = false;
      onDone(outcome);
    });
  }

  #giveUp(): void {
    const { now, randomBytes, effects } = this.#options;
    const wait = Math.max(WAITS_MS[this.#failures] ?? WAITS_MS[WAITS_MS.length - 1] ?? 0, this.#retryAfterMs);
    const [draw = 0] = randomBytes(1);
    this.#failures = Math.min(this.#failures + 1, WAITS_MS.length - 1);
    // Up to a tenth longer: the devices of a house do not ask in step.
    this.#retryAt = now() + Math.min(wait, WAITS_MS[3]) * (1 + draw / 2_560);
    effects.onChange();
  }

  #closed(): void {
    const closing = this.#closing;
    this.#closing = undefined;
    this.#runner.abandonAll();
    closing?.onClosed();
  }
}
