/** Real UDP sockets on a host of the lab, moved by a test. */
import { fileURLToPath } from "node:url";
import type { Lab } from "../lab.ts";
import type { LabProcess } from "../lab-process.ts";
import type { ProbeCommand, ProbeEvent } from "./main.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
const PATIENCE_MS = 5_000;

export type Received = { readonly from: string; readonly text: string };

export class Probe {
  readonly #process: LabProcess;
  #ids = 0;
  #parsed = 0;
  readonly #events: ProbeEvent[] = [];

  constructor(spawn: (argv: [string, ...string[]]) => LabProcess) {
    this.#process = spawn([process.execPath, MAIN]);
  }

  static on<Name extends string>(lab: Lab<Name>, host: Name | "server"): Probe {
    return new Probe((argv) => lab.spawn(host, argv));
  }

  async open(address = "0.0.0.0", port = 0): Promise<ProbeSocket> {
    const socket = this.nextId();
    this.command({ kind: "open", socket, address, port });
    const opened = await this.waitFor((event) =>
      event.kind === "opened" && event.socket === socket ? event : undefined,
    );
    return new ProbeSocket(this, socket, opened.port);
  }

  nextId(): number {
    return ++this.#ids;
  }

  command(command: ProbeCommand): void {
    this.#process.write(`${JSON.stringify(command)}\n`);
  }

  get events(): readonly ProbeEvent[] {
    const lines = this.#process.stdout;
    while (this.#parsed < lines.length) this.#events.push(JSON.parse(lines[this.#parsed++] ?? "") as ProbeEvent);
    return this.#events;
  }

  /** Looks at everything that has happened since the probe started. */
  waitFor<T>(match: (event: ProbeEvent) => T | undefined, timeoutMs = PATIENCE_MS): Promise<T> {
    const ask = (): T | undefined => {
      for (const event of this.events) {
        const answer = match(event);
        if (answer !== undefined) return answer;
      }
      return undefined;
    };
    return this.#process.waitFor(ask, { timeoutMs, what: "the expected event" });
  }
}

export class ProbeSocket {
  readonly port: number;
  readonly #probe: Probe;
  readonly #id: number;

  constructor(probe: Probe, id: number, port: number) {
    this.#probe = probe;
    this.#id = id;
    this.port = port;
  }

  /** `to` is `address:port`. Resolves when the datagram is on its way. */
  async send(to: string, text: string, ttl?: number): Promise<void> {
    const [address = "", port] = to.split(":");
    const id = this.#probe.nextId();
    this.#probe.command({ kind: "send", id, socket: this.#id, address, port: Number(port), text, ...(ttl && { ttl }) });
    await this.#probe.waitFor((event) => {
      if (event.kind === "failed" && event.socket === this.#id) throw new Error(event.message);
      return event.kind === "sent" && event.id === id ? true : undefined;
    });
  }

  /** Where the datagram with this text came from. Rejects if it does not come in time. */
  async sourceOf(text: string, timeoutMs?: number): Promise<string> {
    return this.#probe.waitFor((event) => {
      return event.kind === "received" && event.socket === this.#id && event.text === text ? event.from : undefined;
    }, timeoutMs);
  }

  received(): readonly Received[] {
    return this.#probe.events.filter((event) => event.kind === "received" && event.socket === this.#id) as Received[];
  }
}
