/**
 * Keeps overlay addresses where they belong: a neighbour on the local network can send to an
 * overlay address of ours, or claim one as its own, on a physical interface, and the host would
 * take it past the tunnel and its filter. Needs `nft`; without it the host is as it was.
 *
 * Only our own addresses are guarded as destinations: containers of this host may reach others.
 */
import { spawn } from "node:child_process";
import { addressFamily, err, ok, type Result } from "@pinhole/protocol/net";
import { overlayAddresses, overlayRanges } from "./overlay-space.ts";

export type GuardState = { readonly addresses: readonly string[]; readonly ranges: readonly string[] };

/** Well above what nft takes, well below what a person waits. */
const TIMEOUT_MS = 5_000;

/** Replaces whatever an earlier run left, in one transaction. */
export function guardRules(interfaceName: string, state: GuardState): string {
  // The dashboard's words go into a script that root runs: what is no address is left out, the rest is written anew.
  const addresses = overlayAddresses(state.addresses);
  const ranges = overlayRanges(state.ranges);
  const table = tableOf(interfaceName);
  const elsewhere = `iifname != { "lo", "${interfaceName}" }`;
  const rules = ([4, 6] as const).flatMap((family) => {
    const keyword = family === 4 ? "ip" : "ip6";
    const of = (all: readonly string[]) => all.filter((text) => addressFamily(text) === family).join(", ");
    return [
      ...(of(ranges) === "" ? [] : [`    ${elsewhere} ${keyword} saddr { ${of(ranges)} } drop`]),
      ...(of(addresses) === "" ? [] : [`    ${elsewhere} ${keyword} daddr { ${of(addresses)} } drop`]),
    ];
  });
  return [
    `table ${table} {}`,
    `delete table ${table}`,
    `table ${table} {`,
    "  chain arriving {",
    "    type filter hook prerouting priority raw; policy accept;",
    ...rules,
    "  }",
    "}",
    "",
  ].join("\n");
}

export function putGuard(interfaceName: string, state: GuardState): Promise<Result<void, string>> {
  return nft(guardRules(interfaceName, state));
}

export function removeGuard(interfaceName: string): Promise<Result<void, string>> {
  return nft(`table ${tableOf(interfaceName)} {}\ndelete table ${tableOf(interfaceName)}\n`);
}

function tableOf(interfaceName: string): string {
  return `inet pinhole_${interfaceName.replaceAll(/[^A-Za-z0-9]/g, "_")}`;
}

function nft(script: string): Promise<Result<void, string>> {
  return new Promise((resolve) => {
    const child = spawn("nft", ["-f", "-"], { stdio: ["pipe", "ignore", "pipe"], timeout: TIMEOUT_MS });
    let complaint = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(0, 200);
    });
    child.on("error", (error: NodeJS.ErrnoException) =>
      resolve(err(error.code === "ENOENT" ? "nft is not installed" : error.message)),
    );
    child.on("close", (code) =>
      resolve(code === 0 ? ok(undefined) : err(complaint.trim() || `nft ended with ${code}`)),
    );
    child.stdin.on("error", () => undefined); // it ended before reading; its exit code says why
    child.stdin.end(script);
  });
}
