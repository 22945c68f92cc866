/** wireguard-go at both ends, as Debian ships it: what everything is compared with. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { generateKeyPair } from "@pinhole/wireguard";
import type { LabProcess } from "../../natlab/lab-process.ts";
import { until } from "../../natlab/until.ts";
import type { Tunnel } from "./tunnel.ts";
import { type End, OUTSIDE, type Wire } from "./wire.ts";

const ADDRESS: Readonly<Record<End, string>> = { a: "10.77.0.1", b: "10.77.0.2" };
const PORT = 51_820;
let started = 0;

export async function openWireGuardGo(wire: Wire): Promise<Tunnel> {
  const processes: LabProcess[] = [];
  const keys = { a: generateKeyPair(), b: generateKeyPair() };
  for (const [end, other] of [
    ["a", "b"],
    ["b", "a"],
  ] as const) {
    const { name, process: process_ } = await startWireGuardGo(wire, end, [
      "[Interface]",
      `PrivateKey = ${base64(keys[end].privateKey)}`,
      `ListenPort = ${PORT}`,
      "[Peer]",
      `PublicKey = ${base64(keys[other].publicKey)}`,
      `AllowedIPs = ${ADDRESS[other]}/32`,
      `Endpoint = ${OUTSIDE[other]}:${PORT}`,
    ]);
    processes.push(process_);
    await wire.exec(end, ["ip", "addr", "add", `${ADDRESS[end]}/24`, "dev", name]);
    await wire.exec(end, ["ip", "link", "set", name, "up"]);
  }
  return { name: "wireguard-go", processes, address: ADDRESS };
}

/** With an interface of its own, and configured as `wg setconf` takes it. */
async function startWireGuardGo(
  wire: Wire,
  end: End,
  configuration: readonly string[],
): Promise<{ readonly name: string; readonly process: LabProcess }> {
  // The control sockets of all namespaces lie in one directory.
  const name = `wgb${process.pid}${String.fromCharCode(97 + started++)}`;
  const child = wire.spawn(end, ["wireguard-go", "-f", name]);
  await until(async () => existsSync(`/var/run/wireguard/${name}.sock`) || undefined, {
    timeoutMs: 10_000,
    what: "wireguard-go",
  });
  configure(name, configuration);
  return { name, process: child };
}

/** By way of a file: `wg` opens what it is given by name, and Node's standard input is a socket, which has none. */
function configure(name: string, lines: readonly string[]): void {
  const directory = mkdtempSync(path.join(tmpdir(), "wireguard-go-"));
  writeFileSync(path.join(directory, "configuration"), `${lines.join("\n")}\n`, { mode: 0o600 });
  execFileSync("wg", ["setconf", name, path.join(directory, "configuration")]);
  rmSync(directory, { recursive: true });
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
