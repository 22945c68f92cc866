/** Counters → Prometheus's text format, version 0.0.4: base units, `_total` for counters, labels of few values. */
import type { Metrics } from "../daemon/local-messages.ts";

type Sample = { readonly labels: Readonly<Record<string, string>>; readonly value: number };

type Family = {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly samples: readonly Sample[];
};

/** Without `hasPeers` no name of a device is told: whoever may read it may be anybody. */
export function formatMetrics(metrics: Metrics, { hasPeers }: { readonly hasPeers: boolean }): string {
  const families = [...agentFamilies(metrics), ...(hasPeers ? peerFamilies(metrics.peers) : [])];
  return families.map(format).join("");
}

function agentFamilies(metrics: Metrics): Family[] {
  const { paths, peers, relays } = metrics;
  const byPath = (key: keyof Metrics["paths"]["relay"]): Sample[] =>
    Object.entries(paths).map(([path, traffic]) => ({ labels: { path }, value: traffic[key] }));
  const byReason = (dropped: Readonly<Record<string, number>>): Sample[] =>
    Object.entries(dropped).map(([reason, value]) => ({ labels: { reason }, value }));
  const count = (matches: (peer: Metrics["peers"][number]) => boolean): number => peers.filter(matches).length;
  return [
    gauge("pinhole_build_info", "The agent's version.", [{ labels: { version: metrics.version }, value: 1 }]),
    gauge("pinhole_control_connected", "Whether the dashboard is connected.", [alone(Number(metrics.online))]),
    gauge("pinhole_warnings", "Things that went wrong while the agent goes on; `pinhole status` names them.", [
      alone(metrics.warnings),
    ]),
    counter("pinhole_inbound_bytes_total", "Bytes of sealed packets taken from peers.", byPath("rxBytes")),
    counter("pinhole_outbound_bytes_total", "Bytes of sealed packets sent to peers.", byPath("txBytes")),
    counter("pinhole_inbound_packets_total", "Sealed packets taken from peers.", byPath("rxPackets")),
    counter("pinhole_outbound_packets_total", "Sealed packets sent to peers.", byPath("txPackets")),
    counter(
      "pinhole_inbound_dropped_packets_total",
      "Packets from the network that went no further.",
      byReason(metrics.droppedInbound),
    ),
    counter(
      "pinhole_outbound_dropped_packets_total",
      "Packets for peers that went no further.",
      byReason(metrics.droppedOutbound),
    ),
    gauge("pinhole_peers", "Peers that this device may talk to.", [
      { labels: { state: "online" }, value: count(({ online }) => online) },
      { labels: { state: "offline" }, value: count(({ online }) => !online) },
    ]),
    gauge(
      "pinhole_peers_connected",
      "Peers with a path, by its kind.",
      Object.keys(paths).map((path) => ({ labels: { path }, value: count((peer) => peer.path === path) })),
    ),
    gauge(
      "pinhole_relay_connected",
      "Whether a relay is connected.",
      relays.map(({ name, connected }) => ({ labels: { relay: name }, value: Number(connected) })),
    ),
    gauge(
      "pinhole_relay_round_trip_seconds",
      "Round trip to a relay.",
      relays.flatMap(({ name, rttMs }) => optional({ relay: name }, seconds(rttMs))),
    ),
    counter("process_cpu_seconds_total", "Processor time that the agent has used.", [alone(metrics.cpuSeconds)]),
    gauge("process_resident_memory_bytes", "Resident memory of the agent.", [alone(metrics.memoryBytes)]),
    gauge("process_start_time_seconds", "Start of the agent since the epoch.", [
      alone(Date.parse(metrics.startedAt) / 1_000),
    ]),
  ];
}

function peerFamilies(peers: Metrics["peers"]): Family[] {
  const each = (value: (peer: Metrics["peers"][number]) => number | null): Sample[] =>
    peers.flatMap((peer) => optional({ peer: peer.name }, value(peer)));
  return [
    counter(
      "pinhole_peer_inbound_bytes_total",
      "Bytes from a peer, inside the tunnel.",
      each(({ rxBytes }) => rxBytes),
    ),
    counter(
      "pinhole_peer_outbound_bytes_total",
      "Bytes to a peer, inside the tunnel.",
      each(({ txBytes }) => txBytes),
    ),
    counter(
      "pinhole_peer_inbound_packets_total",
      "Packets from a peer.",
      each(({ rxPackets }) => rxPackets),
    ),
    counter(
      "pinhole_peer_outbound_packets_total",
      "Packets to a peer.",
      each(({ txPackets }) => txPackets),
    ),
    gauge(
      "pinhole_peer_online",
      "Whether the dashboard sees a peer.",
      each(({ online }) => Number(online)),
    ),
    gauge(
      "pinhole_peer_path_info",
      "The kind of the path to a peer.",
      peers.map(({ name, path }) => ({ labels: { peer: name, path }, value: 1 })),
    ),
    gauge(
      "pinhole_peer_round_trip_seconds",
      "Round trip on the direct path.",
      each(({ rttMs }) => seconds(rttMs)),
    ),
    gauge(
      "pinhole_peer_loss_ratio",
      "Share of unanswered probes on the direct path.",
      each((peer) => peer.lossRatio),
    ),
    gauge(
      "pinhole_peer_path_mtu_bytes",
      "The longest IP packet that the direct path carries.",
      each((peer) => peer.pathMtuBytes),
    ),
    gauge(
      "pinhole_peer_last_handshake_timestamp_seconds",
      "Time of the latest handshake since the epoch.",
      each(({ lastHandshakeAt }) => (lastHandshakeAt === null ? null : Date.parse(lastHandshakeAt) / 1_000)),
    ),
  ];
}

function counter(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, type: "counter", help, samples };
}

function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, type: "gauge", help, samples };
}

function alone(value: number): Sample {
  return { labels: {}, value };
}

function optional(labels: Sample["labels"], value: number | null): Sample[] {
  return value === null ? [] : [{ labels, value }];
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1_000;
}

/** A family without samples is told all the same: whoever asks sees what there could be. */
function format({ name, type, help, samples }: Family): string {
  const lines = samples.map(({ labels, value }) => `${name}${formatLabels(labels)} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ""].join("\n");
}

function formatLabels(labels: Sample["labels"]): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escape(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

/** Names are other machines' text: none may end its line or its quotes. */
function escape(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n").replace(/\p{C}/gu, "\u{fffd}");
}
