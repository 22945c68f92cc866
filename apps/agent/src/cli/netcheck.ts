/** `pinhole netcheck`: what the network between this device and the world allows. */
import type { Netcheck } from "../daemon/local-messages.ts";
import { type Command, ExitCode } from "./command.ts";
import { formatMs } from "./format-status.ts";
import { askOnce } from "./local-client.ts";
import { READING_FLAGS, readFlags, reportLocalError, socketPath } from "./reading.ts";

const USAGE = `usage: pinhole netcheck [--json] [--state-dir DIR]

Measures anew: whether UDP passes, how the NAT maps and filters (RFC 4787), this device's public endpoints,
and whether dashboard and relay answer.

Exit codes: 0 measured, 1 failed, 2 wrong usage, 3 not running.`;

export const netcheck: Command = {
  name: "netcheck",
  summary: "measure the NAT and what passes it",
  usage: USAGE,
  async run(argv, io) {
    const flags = readFlags(argv, READING_FLAGS, USAGE, io);
    if (!flags.ok) return flags.error;
    const answer = await askOnce(socketPath(flags.value.values["state-dir"], io), { op: "netcheck" });
    if (!answer.ok) return reportLocalError(answer.error, io);
    if (answer.value.kind !== "netcheck") return ExitCode.Failed;
    if (flags.value.values.json === true) io.stdout(JSON.stringify(answer.value.netcheck, undefined, 2));
    else for (const line of formatNetcheck(answer.value.netcheck)) io.stdout(line);
    return ExitCode.Ok;
  },
};

export function formatNetcheck(report: Netcheck): string[] {
  const nat = report.natProfile;
  return [
    "Report:",
    `  UDP: ${report.udp}`,
    `  NAT mapping: ${nat?.mapping ?? "unknown"}`,
    `  NAT filtering: ${nat?.filtering ?? "unknown"}`,
    `  Port preserved: ${nat?.portPreserving === undefined ? "unknown" : nat.portPreserving ? "yes" : "no"}`,
    `  Public endpoints: ${nat?.publicEndpoints.join(", ") || "none seen"}`,
    ...report.candidates.map(({ kind, endpoint }) => `  Candidate: ${endpoint} (${kind})`),
    ...report.stun.map(
      ({ server, observed, rttMs }) =>
        `  STUN ${server}: ${observed === null || rttMs === null ? "no answer" : `${observed}, ${formatMs(rttMs)}`}`,
    ),
    ...report.relays.map(
      ({ name, connected, rttMs }) =>
        `  Relay ${name}: ${connected ? `connected${rttMs === null ? "" : `, ${formatMs(rttMs)}`}` : "not connected"}`,
    ),
    `  Dashboard: ${report.control.online ? `online${report.control.rttMs === null ? "" : `, ${formatMs(report.control.rttMs)}`}` : "not reached"}`,
  ];
}
