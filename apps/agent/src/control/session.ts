/**
 * The one long-lived session with the dashboard: opens it, keeps it open, opens it again.
 *
 * A lost session is tried again with full jitter, at most half a minute apart, for ever: the agent goes on with its last
 * netmap meanwhile. Only a session that held for a while makes the waits short again, so a dashboard that accepts and
 * drops is not hammered. Everything the server says is checked against its schema before anybody acts on it.
 */
import { setTimeout as delay } from "node:timers/promises";
import { type DeviceId, fromBase64Url, toBase64Url } from "@pinhole/protocol";
import { DELTA_PARTS, type SessionEvent, sessionEventSchema } from "@pinhole/protocol/control";
import { signatureInput } from "@pinhole/secure-channel";
import { monotonicMs } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Identity } from "../state/identity.ts";
import type { Enrollment } from "../state/records.ts";
import { VERSION } from "../version.ts";
import { newBackoff } from "./backoff.ts";
import { ClockExchange } from "./clock-exchange.ts";
import { type OpenControl, openControl } from "./open-control.ts";
import { isRevokedError, openErrorWords, REVOKED_WORDS, sessionErrorWords } from "./session-words.ts";
import { SessionCalls } from "./session-calls.ts";
import { peerOfUnreadablePlan } from "./unreadable-plan.ts";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** From an open channel to the first answer in it: what stands open and says nothing is no session. */
const ONLINE_TIMEOUT_MS = 15_000;
/** A session that was online this long was a good one: the next failure starts counting anew. */
const PROVEN_MS = 10_000;

export type SessionHandlers = {
  /** The revision to resume from. */
  readonly revision: () => number | null;
  /** Also `revoked` when the dashboard refuses the session for it. */
  readonly onEvent: (event: SessionEvent) => void;
  /** There is a plan for this peer, and this version cannot read it. */
  readonly onUnreadablePlan: (peerId: DeviceId) => void;
  /** Online; the clock has had its first exchange. */
  readonly onOnline: () => void;
  readonly onOffline: (problem: string) => void;
  readonly onClock: (offsetMs: number, uncertaintyMs: number) => void;
};

type Deps = {
  readonly enrollment: Pick<Enrollment, "server" | "serverKey"> & { readonly deviceId: DeviceId };
  readonly identity: Identity;
  readonly handlers: SessionHandlers;
  readonly log: Log;
  readonly signal: AbortSignal;
};

type Ended = { readonly problem: string; readonly heldMs: number };

export class ControlSession {
  readonly calls: SessionCalls;
  readonly #deps: Deps;
  readonly #clock: ClockExchange;
  #open: OpenControl | undefined;
  /** Of the present attempt: opening, open, or waiting for the next one. */
  #round = new AbortController();
  #endSession: (problem: string) => void = () => undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#clock = new ClockExchange(deps.handlers.onClock);
    this.calls = new SessionCalls(() => this.#open, deps.log);
  }

  get isOnline(): boolean {
    return this.#open !== undefined;
  }

  /** To the dashboard and back, of the best exchange of this session; null before the first. */
  get roundTripMs(): number | null {
    return this.#clock.best?.roundTripMs ?? null;
  }

  /** Runs until the signal; never rejects. */
  async run(): Promise<void> {
    const { handlers, signal } = this.#deps;
    const backoff = newBackoff({ firstMs: FIRST_WAIT_MS, ceilingMs: LONGEST_WAIT_MS, random: Math.random });
    let lastProblem: string | undefined;
    const stop = (): void => this.#round.abort();
    signal.addEventListener("abort", stop, { once: true });
    while (!signal.aborted) {
      this.#round = new AbortController();
      const { problem, heldMs } = await this.#once(this.#round.signal);
      if (signal.aborted) return;
      handlers.onOffline(problem);
      if (heldMs > PROVEN_MS) backoff.reset();
      const waitMs = this.#round.signal.aborted ? 0 : backoff.next();
      // Days without a dashboard are one line, not one every half minute.
      const level = heldMs > 0 || problem !== lastProblem ? "info" : "debug";
      this.#deps.log[level]("control session lost", { problem, retryMs: Math.round(waitMs) });
      lastProblem = problem;
      await delay(waitMs, undefined, { signal: this.#round.signal }).catch(() => undefined);
    }
  }

  /** Ends what there is, be it open, opening or waiting, and opens a session at once: the network is another one. */
  reconnect(): void {
    this.#round.abort();
  }

  /** Ends the session as a failed one, so that the next waits its turn. */
  giveUp(problem: string): void {
    this.#endSession(problem);
  }

  /** One session from opening to its end. */
  async #once(signal: AbortSignal): Promise<Ended> {
    const { enrollment, identity, handlers } = this.#deps;
    const publicKey = fromBase64Url(enrollment.serverKey);
    if (publicKey === undefined) throw new Error("an enrollment that passed its schema has a key");
    const ended = Promise.withResolvers<string>();
    const opened = await openControl({
      server: enrollment.server,
      expected: { publicKey },
      connectionParams: (handshakeHash) => ({
        deviceId: enrollment.deviceId,
        signature: toBase64Url(identity.sign(signatureInput(handshakeHash, "session"))),
      }),
      onClosed: (words) => ended.resolve(words),
      signal,
    });
    if (!opened.ok) return { problem: openErrorWords(opened.error, enrollment.server), heldMs: 0 };
    const open = opened.value;
    this.#endSession = ended.resolve;
    signal.addEventListener("abort", () => ended.resolve("the network changed"), { once: true });
    if (signal.aborted) ended.resolve("the network changed");
    const refused = (error: unknown): void => {
      if (isRevokedError(error)) handlers.onEvent({ kind: "revoked" });
      ended.resolve(sessionErrorWords(error));
    };
    const subscription = open.client.events.subscribe(
      { revision: handlers.revision(), agentVersion: VERSION, understands: [...DELTA_PARTS] },
      {
        onData: (data: unknown) => this.#onData(data),
        onError: refused,
        onComplete: () => ended.resolve("the dashboard ended the session"),
      },
    );
    const clock = this.#clock.begin(open.client);
    const late = setTimeout(() => ended.resolve("The dashboard did not answer in time."), ONLINE_TIMEOUT_MS);
    let onlineAt: number | undefined;
    let isOver = false;
    clock.first.then(() => {
      clearTimeout(late);
      if (isOver) return;
      onlineAt = monotonicMs();
      this.#open = open;
      handlers.onOnline();
    }, refused);

    const problem = await ended.promise;
    isOver = true;
    this.#open = undefined;
    this.#endSession = () => undefined;
    const heldMs = onlineAt === undefined ? 0 : monotonicMs() - onlineAt;
    clearTimeout(late);
    clock.end();
    subscription.unsubscribe();
    open.close();
    return { problem, heldMs };
  }

  #onData(data: unknown): void {
    const event = sessionEventSchema.safeParse(data);
    if (event.success) {
      this.#deps.handlers.onEvent(event.data);
      if (event.data.kind === "revoked") this.#endSession(REVOKED_WORDS);
      return;
    }
    this.#deps.log.warn("the dashboard sent an event that this version does not know", {
      problem: event.error.issues[0]?.message.slice(0, 200),
    });
    const peerId = peerOfUnreadablePlan(data);
    if (peerId !== undefined) this.#deps.handlers.onUnreadablePlan(peerId);
  }
}
