/** `100.71.3.9  laptop  online  direct 203.0.113.7:40112  12 ms` */
import type { Reason } from "@pinhole/protocol/control";
import type { Status } from "../daemon/local-messages.ts";

type Peer = Status["peers"][number];

export function formatStatus(status: Status): string[] {
  const { self, peers } = status;
  const head = [self.addresses[0] ?? "-", self.name, self.online ? "online" : "offline", "(this device)"];
  const rows = [head, ...peers.map(peerRow)];
  const lines = alignColumns(rows);
  if (self.problem !== undefined) lines.push("", `# ${self.problem}`);
  for (const { at, message } of self.warnings ?? [])
    lines.push("", `# ${at.slice(0, 16).replace("T", " ")} UTC: ${message}`);
  if (peers.length === 0) lines.push("", "# No peers yet: add another device in the dashboard.");
  return lines;
}

function peerRow(peer: Peer): string[] {
  return [peer.addresses[0] ?? "-", peer.name, peer.online ? "online" : "offline", formatPath(peer)];
}

export function formatPath({ path, reason }: Pick<Peer, "path" | "reason">): string {
  const rtt = path.rttMs === undefined ? "" : `  ${formatMs(path.rttMs)}`;
  const because = reason === undefined ? "" : `  (${formatReason(reason)})`;
  switch (path.kind) {
    case "direct":
      return `direct ${path.endpoint ?? "?"}${rtt}`;
    case "relay":
      return `relay ${path.relay ?? "?"}${rtt}${because}`;
    case "none":
      return `-${because}`;
    default:
      return path.kind satisfies never;
  }
}

const WORDS: Partial<Record<Reason["code"], string>> = {
  both_symmetric: "both NATs change ports per peer",
  symmetric_vs_port_restricted: "one NAT changes ports per peer, the other admits known ports alone",
  udp_blocked_a: "UDP is blocked here",
  udp_blocked_b: "UDP is blocked at the peer",
  peer_offline: "peer offline",
  probe_timeout: "no probe was answered",
  forced_relay: "the policy keeps the pair on the relay",
  relay_unavailable: "the relay cannot be reached",
  cgnat_no_portmap: "a carrier's NAT stands between",
  signal_timeout: "the dashboard cannot be reached",
  unknown: "cause unknown",
};

export function formatReason({ code, measured }: Reason): string {
  const words = WORDS[code] ?? code.replaceAll("_", " ");
  return measured ? words : `likely: ${words}`;
}

export const formatMs = (ms: number): string => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;

function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
