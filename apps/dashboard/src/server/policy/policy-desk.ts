/** What open sessions know of the policy: which filter each agent runs, and tries that agents make when asked to. */
import { type DeviceId, err, ok, type Result, type TeamId } from "@pinhole/protocol";
import type { ReachOutcome, ReachReport } from "@pinhole/protocol/control";
import type { Bus } from "../bus.ts";
import type { AgentSession } from "../coordination/agent-session.ts";
import type { TeamCache } from "../coordination/team-cache.ts";
import { hashFilter } from "./hash-filter.ts";
import { deviceRollout, type Rollout } from "./rollout.ts";

/** The agent waits this long for the connection. */
const PROBE_MS = 4_000;
/** And its answer may come so much later. */
const GRACE_MS = 2_000;
const MAX_PROBES = 256;

export type ReachAnswer = { readonly outcome: ReachOutcome; readonly ms: number };
/** `no-answer`: an agent from before it could, or one that went away meanwhile. */
export type ReachRefusal = "device-offline" | "no-answer" | "busy";

type Deps = {
  readonly teams: TeamCache;
  readonly bus: Bus;
  readonly now: () => Date;
  readonly online: (teamId: TeamId) => Iterable<AgentSession>;
  readonly listening: (deviceId: DeviceId) => AgentSession | undefined;
  /** An agent has said which filter it runs. */
  readonly heard: () => void;
};

type Waiting = { readonly deviceId: DeviceId; readonly done: (answer: ReachAnswer) => void };

export class PolicyDesk {
  readonly #deps: Deps;
  readonly #waiting = new Map<number, Waiting>();
  #lastProbe = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  acknowledge(session: AgentSession, hash: string): void {
    const { teams, bus, now, heard } = this.#deps;
    const { teamId, deviceId } = session;
    heard();
    const { version, policy } = teams.snapshot(teamId);
    const isCurrent = hashFilter(policy.filterFor(deviceId)) === hash;
    session.acknowledged = {
      hash,
      version: isCurrent ? version : (session.acknowledged?.version ?? null),
      at: now(),
    };
    bus.publish({ teamId, kind: "filter", deviceId });
  }

  /** Of the devices that are online. */
  rollout(teamId: TeamId): Rollout {
    const { version, policy } = this.#deps.teams.snapshot(teamId);
    return {
      version,
      devices: [...this.#deps.online(teamId)].map(({ deviceId, acknowledged }) =>
        deviceRollout(deviceId, acknowledged, { version, hash: hashFilter(policy.filterFor(deviceId)) }),
      ),
    };
  }

  /** Has the device open a TCP connection to the address. */
  probe(
    deviceId: DeviceId,
    { address, port }: { readonly address: string; readonly port: number },
  ): Promise<Result<ReachAnswer, ReachRefusal>> {
    const session = this.#deps.listening(deviceId);
    if (session === undefined) return Promise.resolve(err("device-offline"));
    if (this.#waiting.size >= MAX_PROBES) return Promise.resolve(err("busy"));
    const probeId = ++this.#lastProbe;
    const { promise, resolve } = Promise.withResolvers<Result<ReachAnswer, ReachRefusal>>();
    const late = setTimeout(() => resolve(err("no-answer")), PROBE_MS + GRACE_MS);
    this.#waiting.set(probeId, { deviceId, done: (answer) => resolve(ok(answer)) });
    session.mailbox.addReachProbe({ probeId, address, port, timeoutMs: PROBE_MS });
    return promise.finally(() => {
      clearTimeout(late);
      this.#waiting.delete(probeId);
    });
  }

  /** Only the device that was asked may answer. */
  takeReach({ deviceId }: Pick<AgentSession, "deviceId">, { probeId, outcome, ms }: ReachReport): void {
    const waiting = this.#waiting.get(probeId);
    if (waiting?.deviceId === deviceId) waiting.done({ outcome, ms });
  }
}
