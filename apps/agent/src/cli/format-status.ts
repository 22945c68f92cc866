/** `100.71.3.9  laptop  online  direct 203.0.113.7:40112  12 ms` */
import { toVisible } from "@pinhole/protocol";
import type { Reason } from "@pinhole/protocol/control";
import { causeWords } from "@pinhole/protocol/explain";
import type { Status } from "../daemon/local-messages.ts";

type Peer = Status["peers"][number];

/** `now`: milliseconds since the epoch. */
export function formatStatus(status: Status, now: number): string[] {
  const { self, peers } = status;
  const head = [self.addresses[0] ?? "-", self.name, self.online ? "online" : "offline", "(this device)"];
  // Names are what the dashboard says they are: none of them makes a line of its own.
  const rows = [head, ...peers.map(peerRow)].map((row) => row.map(toVisible));
  const lines = alignColumns(rows);
  if (self.problem !== undefined) lines.push("", `# ${self.problem}`);
  const standing = standingWords(self, now);
  if (standing !== undefined) lines.push("", `# ${standing}`);
  for (const { at, message } of self.warnings ?? [])
    lines.push("", `# ${at.slice(0, 16).replace("T", " ")} UTC: ${message}`);
  if (self.relaying !== undefined) lines.push("", `# ${relayingWords(self.relaying)}`);
  if (peers.length === 0 && self.standing === undefined)
    lines.push("", "# No peers yet: add another device in the dashboard.");
  return lines;
}

const DAY_MS = 86_400_000;
/** From here on an expiry is worth a line. */
const WARN_DAYS = 14;

/** What keeps this device from the others, or soon will. */
export function standingWords({ standing, keyExpiresAt }: Status["self"], now: number): string | undefined {
  switch (standing) {
    case "awaiting-approval":
      return "Waits for an admin to let it in: in the dashboard, under Devices. It goes on by itself then.";
    case "key-expired":
      return "Its key has expired, and no other device sees it. An admin renews it in the dashboard, under Devices.";
    case undefined:
      break;
    default:
      return standing satisfies never;
  }
  if (keyExpiresAt === undefined) return undefined;
  const days = Math.ceil((Date.parse(keyExpiresAt) - now) / DAY_MS);
  if (days > WARN_DAYS) return undefined;
  return `Its key expires ${days <= 1 ? "within a day" : `in ${days} days`}: an admin renews it in the dashboard, under Devices.`;
}

function peerRow(peer: Peer): string[] {
  return [peer.addresses[0] ?? "-", peer.name, peer.online ? "online" : "offline", formatPath(peer)];
}

function formatPath({ name, path, reason }: Peer): string {
  const rtt = path.rttMs === undefined ? "" : `  ${formatMs(path.rttMs)}`;
  const because = reason === undefined ? "" : `  (${formatReason(reason, name)})`;
  switch (path.kind) {
    case "direct":
      return `direct ${path.endpoint ?? "?"}${rtt}`;
    case "relay":
      return `${path.viaDevice === undefined ? "" : "via "}${relayWords(path)}${rtt}${because}`;
    case "none":
      return `-${because}`;
    default:
      return path.kind satisfies never;
  }
}

/** Seen from this device, which reports itself as side "a". */
function formatReason({ code, side, measured }: Reason, name: string): string {
  const words = causeWords(code, { a: "this device", b: name }, side === undefined ? null : SIDES[side]);
  return measured || code === "unknown" ? words : `likely: ${words}`;
}

const SIDES = { self: "a", peer: "b", both: "both" } as const;

/** "relay fra", "device nas". */
export function relayWords({ relay = "?", viaDevice }: Pick<Peer["path"], "relay" | "viaDevice">): string {
  return viaDevice === undefined ? `relay ${relay}` : `device ${relay}`;
}

function relayingWords({ lanes, packets, bytes }: NonNullable<Status["self"]["relaying"]>): string {
  // A lane goes one way.
  const pairs = Math.ceil(lanes / 2);
  const amount = `${packets} packets, ${(bytes / 1e6).toFixed(1)} MB since the start`;
  return `Passes packets on for other devices: ${pairs} ${pairs === 1 ? "pair" : "pairs"} at present; ${amount}.`;
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
