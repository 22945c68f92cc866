/** What the daemon says when the command line asks. */
import type { PathSnapshot } from "@pinhole/path-engine";
import { type DeviceId, formatEndpoint } from "@pinhole/protocol";
import type { Candidate, NatProfile, Netmap } from "@pinhole/protocol/control";
import { wallMs } from "../clock.ts";
import type { ControlSession } from "../control/session.ts";
import type { Datapath } from "../datapath/contract.ts";
import type { NatWatch } from "../netcheck/nat-watch.ts";
import type { PortMapping } from "../portmap/port-mapping.ts";
import type { RelayClient } from "../relay/relay-client.ts";
import type { Enrollment } from "../state/records.ts";
import { VERSION } from "../version.ts";
import type { AttemptLog } from "./attempt-log.ts";
import { buildMetrics, type PathFigures } from "./build-metrics.ts";
import { buildStatus } from "./build-status.ts";
import { explainPeer } from "./explain-peer.ts";
import { findPeer } from "./find-peer.ts";
import type { Metrics, Netcheck, PingReply, Status, Why } from "./local-messages.ts";
import { relayName } from "./relay-name.ts";
import type { Warning } from "./warnings.ts";

type Parts = {
  readonly enrollment: Enrollment;
  readonly datapath: Datapath;
  readonly session: ControlSession;
  readonly relay: RelayClient;
  readonly nat: NatWatch;
  readonly natProfile: () => NatProfile | null;
  readonly portMapping: PortMapping | undefined;
  readonly netmap: () => Netmap | undefined;
  readonly candidates: () => readonly Candidate[];
  readonly attempts: AttemptLog;
  readonly pathOf: (peerId: DeviceId) => Pick<PathSnapshot, "path" | "reason"> & PathFigures;
  readonly problem: () => string | undefined;
  readonly warnings: () => readonly Warning[];
};

export class LocalAnswers {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  status(): Status {
    const { enrollment, datapath, session, relay, natProfile, netmap, problem, warnings, pathOf } = this.#parts;
    return buildStatus({
      version: VERSION,
      enrollment,
      netmap: netmap(),
      isOnline: session.isOnline,
      problem: problem(),
      interfaceName: datapath.tunName,
      natProfile: natProfile(),
      warnings: warnings(),
      stats: datapath.stats(),
      relaying: relay.relaying,
      pathOf,
    });
  }

  metrics(): Metrics {
    const { datapath, session, relay, netmap, warnings, pathOf } = this.#parts;
    const { user, system } = process.cpuUsage();
    return buildMetrics({
      version: VERSION,
      startedAt: wallMs() - process.uptime() * 1_000,
      online: session.isOnline,
      warnings: warnings().length,
      memoryBytes: process.memoryUsage.rss(),
      cpuSeconds: (user + system) / 1e6,
      relays: relay.states,
      netmap: netmap(),
      stats: datapath.stats(),
      pathOf,
    });
  }

  async netcheck(): Promise<Netcheck> {
    const { session, relay, nat, natProfile, portMapping, netmap, candidates } = this.#parts;
    const [report] = await Promise.all([nat.measure(netmap()?.stun ?? []), portMapping?.measure()]);
    return {
      udp: report.profile?.udp ?? "unknown",
      natProfile: natProfile(),
      candidates: [...candidates()],
      portMapping: portMapping?.report ?? null,
      stun: [...report.answers],
      relays: relay.states,
      control: { online: session.isOnline, rttMs: session.roundTripMs },
    };
  }

  /** `undefined`: no such peer. */
  async why(wanted: string): Promise<Why | undefined> {
    const { session, relay, natProfile, netmap, candidates, attempts, pathOf } = this.#parts;
    const peer = findPeer(netmap(), wanted);
    if (peer === undefined) return undefined;
    const merged = await session.calls.explainPair(peer.id);
    return explainPeer({
      peer,
      snapshot: pathOf(peer.id),
      netmap: netmap(),
      self: { candidates: candidates(), natProfile: natProfile() },
      isOnline: session.isOnline,
      isRelayUp: relay.isUp,
      attempts,
      merged,
    });
  }

  /** `undefined`: no such peer. */
  async ping(wanted: string, timeoutMs: number): Promise<PingReply | undefined> {
    const { datapath, netmap, relay } = this.#parts;
    const peer = findPeer(netmap(), wanted);
    if (peer === undefined) return undefined;
    const reply = await datapath.ping(peer.id, 1, timeoutMs);
    if (reply === "timeout") return { seq: 1, rttMs: null, path: "none" };
    const rttMs = Math.round(reply.rttMs * 100) / 100;
    if (reply.via !== "relay") return { seq: 1, rttMs, path: "direct", endpoint: formatEndpoint(reply.via) };
    return { seq: 1, rttMs, path: "relay", ...relayName(netmap(), relay.pathTo(peer.id).relay) };
  }
}
