/** What the agent tells the dashboard and asks of it, while there is a session. */
import { type AttemptId, type DeviceId, err, ok, type Result } from "@pinhole/protocol";
import type {
  AttemptTrace,
  CandidatesReport,
  MetricsReport,
  PathReport,
  PunchNote,
  PunchRefusal,
  PunchRequest,
  ReachabilityRefusal,
  ReachabilityRequest,
  ReachReport,
  RelayLanesRequest,
} from "@pinhole/protocol/control";
import { type Explanation, explanationSchema } from "@pinhole/protocol/explain";
import type { Log } from "../log.ts";
import type { OpenControl } from "./open-control.ts";
import { wordsOf } from "./session-words.ts";

/** `offline`: there is no session, what was to be said is moot. `refused`: it was not taken, worth saying again. */
export type Delivery = "delivered" | "offline" | "refused";

export class SessionCalls {
  readonly #current: () => OpenControl | undefined;
  readonly #log: Log;

  constructor(current: () => OpenControl | undefined, log: Log) {
    this.#current = current;
    this.#log = log;
  }

  /** `offline` where there is no session to ask. */
  async requestPunch(
    request: PunchRequest,
  ): Promise<Result<{ readonly attemptId: AttemptId }, PunchRefusal | "offline">> {
    const open = this.#current();
    if (open === undefined) return err("offline");
    try {
      return ok(await open.client.requestPunch.mutate(request));
    } catch (error) {
      return err(PUNCH_REFUSALS.find((code) => error instanceof Error && error.message === code) ?? "offline");
    }
  }

  /** What comes of it comes as an event; one that is refused is asked for again later. */
  async requestRelayLanes(request: RelayLanesRequest): Promise<void> {
    await this.#current()
      ?.client.requestRelayLanes.mutate(request)
      .catch((error: unknown) => this.#log.debug("no lanes", { ...request, problem: wordsOf(error) }));
  }

  /** `sent`: the dashboard's datagram is on its way to the endpoint. A dashboard that cannot do it counts as `offline`. */
  async verifyReachable(request: ReachabilityRequest): Promise<ReachabilityRefusal | "offline" | "sent"> {
    const open = this.#current();
    if (open === undefined) return "offline";
    try {
      await open.client.verifyReachable.mutate(request);
      return "sent";
    } catch (error) {
      return REACHABILITY_REFUSALS.find((code) => error instanceof Error && error.message === code) ?? "offline";
    }
  }

  /** From both sides' records; undefined where there is no session, or a server that cannot say. */
  async explainPair(peerId: DeviceId): Promise<Explanation | undefined> {
    const answer = await this.#current()
      ?.client.explainPair.query({ peerId })
      .catch((error: unknown) => this.#log.debug("no explanation", { problem: wordsOf(error) }));
    const explanation = explanationSchema.safeParse(answer);
    return explanation.success ? explanation.data : undefined;
  }

  reportCandidates(report: CandidatesReport): Promise<Delivery> {
    return this.#report("candidates", (open) => open.client.reportCandidates.mutate(report));
  }

  sendPunchNote(note: PunchNote): Promise<Delivery> {
    return this.#report("note", (open) => open.client.sendPunchNote.mutate(note));
  }

  reportPaths(reports: PathReport[]): Promise<Delivery> {
    return this.#report("paths", (open) => open.client.reportPaths.mutate(reports));
  }

  reportTrace(trace: AttemptTrace): Promise<Delivery> {
    return this.#report("trace", (open) => open.client.reportTrace.mutate(trace));
  }

  reportFilter(hash: string): Promise<Delivery> {
    return this.#report("filter", (open) => open.client.reportFilter.mutate({ hash }));
  }

  reportReach(report: ReachReport): Promise<Delivery> {
    return this.#report("reach", (open) => open.client.reportReach.mutate(report));
  }

  reportMetrics(report: MetricsReport): Promise<Delivery> {
    return this.#report("metrics", (open) => open.client.reportMetrics.mutate(report));
  }

  async #report(what: string, send: (open: OpenControl) => Promise<unknown>): Promise<Delivery> {
    const open = this.#current();
    if (open === undefined) return "offline";
    try {
      await send(open);
      return "delivered";
    } catch (error) {
      this.#log.debug("report not delivered", { what, problem: wordsOf(error) });
      return this.#current() === open ? "refused" : "offline";
    }
  }
}

const PUNCH_REFUSALS: readonly PunchRefusal[] = [
  "peer-not-found",
  "peer-offline",
  "relay-only",
  "no-candidates",
  "awaiting-turn",
  "too-many-requests",
];

const REACHABILITY_REFUSALS: readonly ReachabilityRefusal[] = [
  "bad-endpoint",
  "address-not-yours",
  "not-sendable",
  "too-many-requests",
];
