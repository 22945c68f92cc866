/**
 * A namespace with nothing but a loopback, and in it wireguard-go and our endpoint as each
 * other's peers. Needs root, wireguard-go, wireguard-tools and iputils-ping.
 *
 *     kernel 10.77.0.1 ── TUN ── wireguard-go ── UDP on lo ── our endpoint 10.77.0.2
 */
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { generateKeyPair } from "@pinhole/wireguard";
import type { Command, EndpointOptions, Report } from "./wireguard-endpoint.ts";

export const THEIR_ADDRESS = "10.77.0.1";
export const OUR_ADDRESS = "10.77.0.2";

const ENDPOINT = fileURLToPath(new URL("./wireguard-endpoint.ts", import.meta.url));
const run = promisify(execFile);
let labs = 0;

export type LabOptions = {
  readonly ourPresharedKey?: string;
  readonly theirPresharedKey?: string;
  readonly ourKeepaliveMs?: number;
  readonly theirKeepaliveSeconds?: number;
};

export class WireGuardLab implements AsyncDisposable {
  // Control sockets live in one directory for all namespaces, so interface names must be unique on the machine.
  readonly #interface = `wgt${process.pid}${String.fromCharCode(97 + (labs++ % 26))}`;
  readonly #namespace = `wg-interop-${this.#interface}`;
  readonly #theirs: ChildProcess;
  readonly #ours: ChildProcess;
  readonly #reports: Report[] = [];
  #complaints = "";
  #wake = () => {};

  static async open(options: LabOptions = {}): Promise<WireGuardLab> {
    const lab = new WireGuardLab();
    try {
      await lab.#configure(options);
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
    return lab;
  }

  private constructor() {
    execFileSync("ip", ["netns", "add", this.#namespace]);
    execFileSync("ip", ["-n", this.#namespace, "link", "set", "lo", "up"]);
    this.#theirs = this.#spawn("wireguard-go", ["-f", this.#interface], "ignore");
    this.#ours = this.#spawn(process.execPath, [ENDPOINT], "ipc");
    this.#ours.on("message", (message: Report) => {
      this.#reports.push(message);
      this.#wake();
    });
  }

  tell(command: Command): void {
    this.#ours.send(command);
  }

  /** Takes the first report that fits out of those that have come or will. @throws when there is none in time. */
  async next<K extends Report["report"]>(
    kind: K,
    fits: (report: Extract<Report, { report: K }>) => boolean = () => true,
    timeoutMs = 10_000,
  ): Promise<Extract<Report, { report: K }>> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      for (const [at, report] of this.#reports.entries()) {
        if (!isKind(report, kind) || !fits(report)) continue;
        this.#reports.splice(at, 1);
        return report;
      }
      const left = deadline - performance.now();
      if (left <= 0) {
        const others = this.#reports.slice(-20).map((report) => JSON.stringify(report));
        throw new Error(`no such ${kind} in ${timeoutMs} ms, but ${others.join(" ")}\n${this.#complaints}`);
      }
      await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), sleep(left)]);
    }
  }

  /** Forgets what has been reported and not asked for. */
  drain(): void {
    this.#reports.length = 0;
  }

  /** One echo request from their kernel through the tunnel; true when it was answered. */
  async pingFromKernel(bytes = 56, waitSeconds = 5): Promise<boolean> {
    const ping = ["ping", "-n", "-c", "1", "-W", String(waitSeconds), "-s", String(bytes), OUR_ADDRESS];
    return run("ip", ["netns", "exec", this.#namespace, ...ping]).then(
      () => true,
      () => false,
    );
  }

  /** What `wg show` says about us. */
  async show(): Promise<{ readonly latestHandshake: number; readonly rxBytes: number; readonly txBytes: number }> {
    const { stdout } = await run("wg", ["show", this.#interface, "dump"]);
    const [, , , , latestHandshake, rxBytes, txBytes] = (stdout.split("\n")[1] ?? "").split("\t");
    return { latestHandshake: Number(latestHandshake), rxBytes: Number(rxBytes), txBytes: Number(txBytes) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const running = [this.#ours, this.#theirs].filter(({ exitCode, signalCode }) => exitCode === null && !signalCode);
    // Asked politely, wireguard-go removes its control socket.
    const exits = running.map((child) => once(child, "exit"));
    for (const child of running) child.kill("SIGTERM");
    await Promise.all(exits);
    execFileSync("ip", ["netns", "del", this.#namespace]);
  }

  async #configure(options: LabOptions): Promise<void> {
    await this.next("ready");
    const ours = generateKeyPair();
    const theirs = generateKeyPair();
    const theirPort = 51_820;
    const endpoint: EndpointOptions = {
      privateKey: base64(ours.privateKey),
      peerPublicKey: base64(theirs.publicKey),
      peerPort: theirPort,
      address: OUR_ADDRESS,
      ...(options.ourPresharedKey && { presharedKey: options.ourPresharedKey }),
      ...(options.ourKeepaliveMs && { persistentKeepaliveMs: options.ourKeepaliveMs }),
    };
    await this.#untilControllable();
    execFileSync("ip", ["-n", this.#namespace, "addr", "add", `${THEIR_ADDRESS}/24`, "dev", this.#interface]);
    execFileSync("ip", ["-n", this.#namespace, "link", "set", this.#interface, "up"]);
    this.tell({ do: "start", options: endpoint });
    const { port } = await this.next("listening");
    const configuration = [
      "[Interface]",
      `PrivateKey = ${base64(theirs.privateKey)}`,
      `ListenPort = ${theirPort}`,
      "[Peer]",
      `PublicKey = ${base64(ours.publicKey)}`,
      ...(options.theirPresharedKey ? [`PresharedKey = ${options.theirPresharedKey}`] : []),
      `AllowedIPs = ${OUR_ADDRESS}/32`,
      `Endpoint = 127.0.0.1:${port}`,
      `PersistentKeepalive = ${options.theirKeepaliveSeconds ?? 0}`,
    ];
    this.#load(`${configuration.join("\n")}\n`);
  }

  /** By way of a file: `wg` opens what it is given by name, and Node's standard input is a socket, which has none. */
  #load(configuration: string): void {
    const directory = mkdtempSync(path.join(tmpdir(), `${this.#namespace}-`));
    const file = path.join(directory, "configuration");
    writeFileSync(file, configuration, { mode: 0o600 });
    execFileSync("wg", ["setconf", this.#interface, file]);
    rmSync(directory, { recursive: true });
  }

  async #untilControllable(): Promise<void> {
    const socket = `/var/run/wireguard/${this.#interface}.sock`;
    for (let attempt = 0; attempt < 500; attempt++) {
      if (existsSync(socket)) return;
      if (this.#theirs.exitCode !== null) break;
      await sleep(20);
    }
    throw new Error(`wireguard-go did not start: ${this.#complaints}`);
  }

  #spawn(command: string, args: readonly string[], channel: "ipc" | "ignore"): ChildProcess {
    // Should the test runner be killed, what it started ends with it.
    const inNamespace = ["--pdeathsig", "TERM", "ip", "netns", "exec", this.#namespace, command, ...args];
    const child = spawn("setpriv", inNamespace, { stdio: ["ignore", "ignore", "pipe", channel] });
    child.stderr?.on("data", (text: Buffer) => {
      this.#complaints += text.toString();
    });
    return child;
  }
}

function isKind<K extends Report["report"]>(report: Report, kind: K): report is Extract<Report, { report: K }> {
  return report.report === kind;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
