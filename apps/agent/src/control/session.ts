/**
 * The one long-lived session with the dashboard: opens it, keeps it open, opens it again.
 *
 * A lost session is tried again with full jitter, at most a minute apart, for ever: the agent goes on with its last
 * netmap meanwhile. Everything the server says is checked against its schema before anybody acts on it.
 */
import { setTimeout as delay } from "node:timers/promises";
import { fromBase64Url, toBase64Url } from "@pinhole/protocol";
import {
  type AttemptTrace,
  type CandidatesReport,
  type MetricsReport,
  type PathReport,
  type PunchRefusal,
  type SessionEvent,
  sessionEventSchema,
  type Trigger,
} from "@pinhole/protocol/control";
import { signatureInput } from "@pinhole/secure-channel";
import { monotonicMs } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Identity } from "../state/identity.ts";
import type { Enrollment } from "../state/records.ts";
import { VERSION } from "../version.ts";
import { newBackoff } from "./backoff.ts";
import { type OpenControl, openControl } from "./open-control.ts";
import { ServerClock } from "./server-clock.ts";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** A session that held this long was a good one: the next failure starts counting anew. */
const PROVEN_MS = 10_000;
const CLOCK_EXCHANGES = 4;
const CLOCK_INTERVAL_MS = 60_000;

export type SessionHandlers = {
  /** The revision to resume from. */
  readonly revision: () => number | null;
  readonly onEvent: (event: SessionEvent) => void;
  /** Online; the clock has had its first exchange. */
  readonly onOnline: () => void;
  readonly onOffline: (problem: string) => void;
  readonly onClock: (offsetMs: number, uncertaintyMs: number) => void;
};

type Deps = {
  readonly enrollment: Enrollment;
  readonly identity: Identity;
  readonly handlers: SessionHandlers;
  readonly log: Log;
  readonly signal: AbortSignal;
};

export class ControlSession {
  readonly clock = new ServerClock();
  readonly #deps: Deps;
  #open: OpenControl | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  get isOnline(): boolean {
    return this.#open !== undefined;
  }

  /** Runs until the signal; never rejects. */
  async run(): Promise<void> {
    const { handlers, log, signal } = this.#deps;
    const backoff = newBackoff({ firstMs: FIRST_WAIT_MS, ceilingMs: LONGEST_WAIT_MS, random: Math.random });
    while (!signal.aborted) {
      const startedAt = monotonicMs();
      const problem = await this.#once();
      this.#open?.close();
      this.#open = undefined;
      if (signal.aborted) return;
      handlers.onOffline(problem);
      if (monotonicMs() - startedAt > PROVEN_MS) backoff.reset();
      const waitMs = backoff.next();
      log.info("control session lost", { problem, retryMs: Math.round(waitMs) });
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** `offline` where there is no session to ask. */
  async requestPunch(peerId: `dev_${string}`, trigger: Trigger): Promise<PunchRefusal | "offline" | "asked"> {
    if (this.#open === undefined) return "offline";
    try {
      await this.#open.client.requestPunch.mutate({ peerId, trigger });
      return "asked";
    } catch (error) {
      return PUNCH_REFUSALS.find((code) => error instanceof Error && error.message === code) ?? "offline";
    }
  }

  /** The reports below are lost while offline; the next ones carry the whole state again. */
  reportCandidates(report: CandidatesReport): Promise<void> {
    return this.#report("candidates", (open) => open.client.reportCandidates.mutate(report));
  }

  reportPaths(reports: PathReport[]): Promise<void> {
    return this.#report("paths", (open) => open.client.reportPaths.mutate(reports));
  }

  reportTrace(trace: AttemptTrace): Promise<void> {
    return this.#report("trace", (open) => open.client.reportTrace.mutate(trace));
  }

  reportMetrics(report: MetricsReport): Promise<void> {
    return this.#report("metrics", (open) => open.client.reportMetrics.mutate(report));
  }

  /** Ends the present session; `run` opens another at once. For a changed network, where the old one is likely dead. */
  reconnect(): void {
    this.#open?.close();
  }

  async #report(what: string, send: (open: OpenControl) => Promise<unknown>): Promise<void> {
    if (this.#open === undefined) return;
    try {
      await send(this.#open);
    } catch (error) {
      this.#deps.log.debug("report not delivered", { what, problem: wordsOf(error) });
    }
  }

  /** One session from opening to its end. @returns why it ended, in words. */
  async #once(): Promise<string> {
    const { enrollment, identity, handlers, signal } = this.#deps;
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
    });
    if (!opened.ok) return openErrorWords(opened.error, enrollment.server);
    const open = opened.value;
    const stop = (): void => ended.resolve("stopped");
    signal.addEventListener("abort", stop, { once: true });
    const timer = setInterval(() => void this.#exchangeClock(open).catch(() => undefined), CLOCK_INTERVAL_MS);
    const subscription = open.client.events.subscribe(
      { revision: handlers.revision(), agentVersion: VERSION },
      {
        onData: (data: unknown) => this.#onData(data),
        onError: (error: unknown) => ended.resolve(sessionErrorWords(error)),
        onComplete: () => ended.resolve("the dashboard ended the session"),
      },
    );
    try {
      this.clock.forget();
      await Promise.race([this.#exchangeClock(open), ended.promise]);
      const best = this.clock.best;
      if (best !== undefined) {
        this.#open = open;
        handlers.onOnline();
      }
      return await ended.promise;
    } catch (error) {
      return sessionErrorWords(error);
    } finally {
      clearInterval(timer);
      signal.removeEventListener("abort", stop);
      subscription.unsubscribe();
      open.close();
    }
  }

  #onData(data: unknown): void {
    const event = sessionEventSchema.safeParse(data);
    if (event.success) this.#deps.handlers.onEvent(event.data);
    else
      this.#deps.log.warn("the dashboard sent an event that this version does not know", {
        problem: event.error.issues[0]?.message,
      });
  }

  /** The first answer is enough to begin with; the others only narrow it. */
  async #exchangeClock(open: OpenControl): Promise<void> {
    await this.#exchangeOnce(open);
    void (async () => {
      for (let more = 1; more < CLOCK_EXCHANGES; more++) await this.#exchangeOnce(open);
    })().catch(() => undefined);
  }

  async #exchangeOnce(open: OpenControl): Promise<void> {
    const sentAt = monotonicMs();
    const { serverNow } = await open.client.time.query({});
    this.clock.record(sentAt, monotonicMs(), serverNow);
    const best = this.clock.best;
    if (best !== undefined) this.#deps.handlers.onClock(best.offsetMs, best.roundTripMs / 2);
  }
}

const PUNCH_REFUSALS: readonly PunchRefusal[] = [
  "peer-not-found",
  "peer-offline",
  "no-candidates",
  "too-many-requests",
];

function openErrorWords(
  error: { code: "wrong-server-key" } | { code: "unreachable"; words: string },
  server: string,
): string {
  if (error.code === "unreachable") return `${server} cannot be reached: ${error.words}.`;
  return `${server} is not the dashboard that this device is enrolled with: somebody may be in between. Nothing was sent.`;
}

function sessionErrorWords(error: unknown): string {
  const words = wordsOf(error);
  if (words === "device-revoked") return "This device was revoked in the dashboard.";
  if (words === "device-unknown") return "The dashboard does not know this device any more.";
  return words;
}

const wordsOf = (error: unknown): string =>
  error instanceof Error && error.message !== "" ? error.message : "the connection was lost";
