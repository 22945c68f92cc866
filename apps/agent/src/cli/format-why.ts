/** An explanation as lines: the sentence first, then what it rests on. */
import type { NatProfile } from "@pinhole/protocol/control";
import { causeWords, factWords, type Names, remedyWords, type TechniqueReport } from "@pinhole/protocol/explain";
import type { Why } from "../daemon/local-messages.ts";
import { formatMs, relayWords } from "./format-status.ts";

export function formatWhy(report: Why): string[] {
  const { peer, verdict, records, techniques, sides, attempts } = report;
  const names: Names = { a: "this device", b: peer.name };
  return [
    sentence(report, names),
    ...section(
      "Because",
      verdict.facts.map((fact) => `${fact.measured ? "measured" : "likely  "}  ${factWords(fact, names)}`),
    ),
    ...section("What would help", isDirect(report) ? [] : verdict.remedies.map((remedy) => remedyWords(remedy, names))),
    ...section("NATs", natTable(names, sides.a.natProfile, sides.b.natProfile)),
    ...section(
      "Tried",
      techniques.map((technique) => formatTechnique(technique, names)),
    ),
    ...section("Last attempts", attempts.slice(0, 5).map(formatAttempt)),
    "",
    records === "both"
      ? "# From both devices' records."
      : "# From this device's records alone: the dashboard did not answer. What the peer saw is not known.",
  ];
}

const isDirect = ({ path }: Why): boolean => path.kind === "direct";

function sentence(report: Why, names: Names): string {
  const { path, peer, verdict } = report;
  const rtt = path.rttMs === undefined ? "" : `, ${formatMs(path.rttMs)}`;
  if (isDirect(report)) return `${peer.name} is reached directly at ${path.endpoint ?? "?"}${rtt}.`;
  const head =
    path.kind === "relay"
      ? `${peer.name} is reached ${path.viaDevice === undefined ? "through" : "via"} ${relayWords(path)}${rtt}`
      : `${peer.name} is not reached`;
  if (verdict.code === null) return `${head}. Nothing is known that speaks against a direct path.`;
  if (verdict.code === "unknown") return `${head}. Why there is no direct path is not known.`;
  const cause = causeWords(verdict.code, names, verdict.side);
  return verdict.measured ? `${head}: ${cause}.` : `${head}, likely because ${cause}.`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", `${title}:`, ...lines.map((line) => `  ${line}`)];
}

function natTable(names: Names, a: NatProfile | null, b: NatProfile | null): string[] {
  const rows = [["", names.a, names.b], ...NAT_ROWS.map(([name, read]) => [name, nat(a, read), nat(b, read)])];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

type Read = (profile: NatProfile) => string;

const nat = (profile: NatProfile | null, read: Read): string => (profile === null ? "not measured" : read(profile));

const NAT_ROWS: readonly (readonly [string, Read])[] = [
  ["UDP", ({ udp }) => udp],
  ["mapping", ({ mapping }) => mapping],
  ["filtering", ({ filtering }) => filtering],
  ["ports", ({ allocation }) => allocation?.kind ?? "unknown"],
  ["levels", ({ levels }) => levels ?? "unknown"],
  ["hairpin", ({ hairpin }) => (hairpin === undefined ? "unknown" : hairpin ? "yes" : "no")],
  ["confidence", ({ confidence }) => `${Math.round(confidence * 100)} %`],
];

const RESULT_WORDS: Record<TechniqueReport["result"], string> = {
  opened: "opened the path",
  missed: "nothing came through",
  denied: "was not allowed",
  "not-run": "did not run",
  unreported: "not reported",
};

function formatTechnique({ stage, result, sent }: TechniqueReport, names: Names): string {
  const count = sent.a + sent.b === 0 ? "" : `  (${names.a} ${sent.a}, ${names.b} ${sent.b})`;
  return `${stage.padEnd(12)}  ${RESULT_WORDS[result]}${count}`;
}

function formatAttempt({ at, outcome, rttMs, trigger }: Why["attempts"][number]): string {
  const when = new Date(at).toISOString().slice(0, 19).replace("T", " ");
  const end = [outcome ?? "not reported", trigger, rttMs === null ? undefined : formatMs(rttMs)];
  return `${when} UTC  ${end.filter((part) => part !== undefined).join("  ")}`;
}
