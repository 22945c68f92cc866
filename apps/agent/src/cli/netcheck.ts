/** `pinhole netcheck`: what the network between this device and the world allows. */
import { wallMs } from "../clock.ts";
import type { Netcheck } from "../daemon/local-messages.ts";
import { type Command, ExitCode } from "./command.ts";
import { formatNat } from "./format-nat.ts";
import { formatPortMapping } from "./format-port-mapping.ts";
import { formatMs } from "./format-status.ts";
import { askOnce } from "./local-client.ts";
import { READING_FLAGS, readFlags, reportLocalError, socketPath } from "./reading.ts";

const USAGE = `usage: pinhole netcheck [--json] [--state-dir DIR]

Measures anew: whether UDP passes, how the NAT maps, filters (RFC 4787) and picks ports, this device's public
endpoints, what its routers open on request (PCP, NAT-PMP, UPnP), and whether dashboard and relay answer.

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
    else for (const line of formatNetcheck(answer.value.netcheck, wallMs())) io.stdout(line);
    return ExitCode.Ok;
  },
};

function formatNetcheck(report: Netcheck, now: number): string[] {
  return [
    "Report:",
    ...[`UDP: ${report.udp}`, ...formatNat(report.natProfile, now)].map((line) => `  ${line}`),
    ...formatPortMapping(report.portMapping),
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
