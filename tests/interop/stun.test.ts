/**
 * Our STUN server asked by coturn's client tools, and coturn's server asked by our client: two readings of the
 * same RFCs, on loopback.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import type { Endpoint } from "@pinhole/protocol";
import { isStun } from "@pinhole/protocol/stun";
import { type StunServer, startStunServer } from "@pinhole/stun-server";
import { afterEach, describe, expect, test } from "vitest";
import {
  classifyNat,
  StunClient,
  type StunEffect,
  type StunOutcome,
  type StunQuery,
} from "../../packages/path-engine/src/stun/index.ts";

const run = promisify(execFile);

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe("coturn's clients at our server", () => {
  test("turnutils_natdiscovery, padding its requests, finds all four sockets and no NAT", async () => {
    const server = await ourServer(["127.0.0.1", "127.0.0.2"]);
    const { port } = server.endpoints[0]!;
    const { stdout } = await run("turnutils_natdiscovery", [
      "-m",
      "-f",
      "-P",
      "-p",
      String(port),
      "-L",
      "127.0.0.3",
      "127.0.0.1",
    ]);
    expect(stdout).toContain(`Other addr: : 127.0.0.2:${port + 1}`);
    // The last answer came from the other address and the other port, as asked.
    expect(stdout).toContain(`Response origin: : 127.0.0.2:${port + 1}`);
    expect(stdout).toContain("NAT with Endpoint Independent Mapping!");
    expect(stdout).toContain("NAT with Endpoint Independent Filtering!");
  });

  test("turnutils_natdiscovery, with requests that any answer would outgrow, is told nothing", async () => {
    const server = await ourServer(["127.0.0.1", "127.0.0.2"]);
    const { port } = server.endpoints[0]!;
    const { stdout } = await run("turnutils_natdiscovery", ["-m", "-p", String(port), "-L", "127.0.0.3", "127.0.0.1"]);
    expect(stdout).toContain("STUN receive timeout");
    expect(server.counters).toMatchObject({ answered: 0, ignored: 1 });
  });
});

describe("our client at coturn's server", () => {
  test("learns its endpoint and the server's other address, and finds no NAT", async () => {
    const port = await coturn();
    const [first, second] = [at("127.0.0.1", port), at("127.0.0.2", port)];
    const client = await OurClient.open();
    const [one, two, three] = await client.ask([
      { server: first, wantsOther: true },
      { server: second },
      { server: at("127.0.0.2", port + 1) },
    ]);
    expect(one).toMatchObject({ kind: "observed", mapped: client.local, otherAddress: at("127.0.0.2", port + 1) });
    expect([two, three]).toMatchObject([
      { kind: "observed", mapped: client.local },
      { kind: "observed", mapped: client.local },
    ]);
    const observations = [one, two, three].flatMap((outcome) =>
      outcome?.kind === "observed" ? [{ server: outcome.query.server, mapped: outcome.mapped }] : [],
    );
    const local = { addresses: [client.local.address], port: client.local.port };
    expect(classifyNat({ local, observations })).toMatchObject({ udp: "ok", mapping: "none", portPreserving: true });
  });

  test("is answered from the other socket, where it asks for that", async () => {
    const port = await coturn();
    const client = await OurClient.open();
    const server = at("127.0.0.1", port);
    const outcomes = await client.ask([
      { server, change: { request: { address: false, port: true }, answerFrom: at("127.0.0.1", port + 1) } },
      { server, change: { request: { address: true, port: true }, answerFrom: at("127.0.0.2", port + 1) } },
    ]);
    expect(outcomes).toMatchObject([
      { kind: "observed", mapped: client.local },
      { kind: "observed", mapped: client.local },
    ]);
  });
});

async function ourServer(addresses: readonly string[]): Promise<StunServer> {
  return onFreePorts(async (port) => {
    const server = await startStunServer({ addresses, port, log: { info: () => {}, warn: () => {} } });
    cleanups.push(() => server.close());
    return server;
  });
}

/** coturn's server with STUN alone, on two ports of two addresses. Yields the first port. */
async function coturn(): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), "pinhole-coturn-"));
  cleanups.push(() => rm(directory, { recursive: true }));
  return onFreePorts(async (port) => {
    // turnserver goes on without a port that is taken: find out first, with sockets of our own.
    await (
      await startStunServer({ addresses: ["127.0.0.1", "127.0.0.2"], port, log: { info: () => {}, warn: () => {} } })
    ).close();
    const flags = [
      "--stun-only",
      "--no-tcp",
      "--no-tls",
      "--no-dtls",
      "--no-cli",
      "--log-file=stdout",
      "--simple-log",
      "--verbose",
    ];
    const places = [
      "--listening-ip=127.0.0.1",
      "--listening-ip=127.0.0.2",
      `--listening-port=${port}`,
      `--alt-listening-port=${port + 1}`,
    ];
    const files = [`--pidfile=${join(directory, "pid")}`, `--userdb=${join(directory, "db")}`];
    const server = spawn("turnserver", ["-n", ...flags, ...places, ...files], { stdio: ["ignore", "pipe", "inherit"] });
    cleanups.push(() => stop(server));
    // Verbose, it says of each socket when it has opened it; there is one for each address and port.
    const wanted = new Set(
      ["127.0.0.1", "127.0.0.2"].flatMap((address) => [`${address}:${port}`, `${address}:${port + 1}`]),
    );
    for await (const line of createInterface(server.stdout)) {
      const opened = /UDP listener opened on: (\S+)/.exec(line)?.[1];
      if (opened !== undefined) wanted.delete(opened);
      if (wanted.size > 0) continue;
      server.stdout.resume();
      return port;
    }
    throw new Error(`turnserver did not open ${[...wanted].join(", ")}`);
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

/** Tries ports until one and its neighbour are free on the addresses in question. */
async function onFreePorts<T>(use: (port: number) => Promise<T>): Promise<T> {
  for (let port = 21_000 + (process.pid % 5_000) * 2; ; port += 2) {
    try {
      return await use(port);
    } catch (error) {
      if (!String(error).includes("another program uses it")) throw error;
    }
  }
}

/** {@link StunClient} on a real socket. */
class OurClient {
  readonly #client = new StunClient({ randomBytes });
  readonly #socket: Socket;
  readonly #outcomes: StunOutcome[] = [];
  #timer: NodeJS.Timeout | undefined;
  #onOutcome = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("message", (bytes, { address, port }) => {
      if (isStun(bytes)) this.#apply(this.#client.onDatagram(bytes, { address, port }, performance.now()));
    });
  }

  static async open(): Promise<OurClient> {
    const socket = createSocket("udp4").bind(0, "127.0.0.3");
    cleanups.push(() => new Promise<void>((resolve) => socket.close(() => resolve())));
    await once(socket, "listening");
    return new OurClient(socket);
  }

  get local(): Endpoint {
    const { address, port } = this.#socket.address();
    return { address, port };
  }

  /** The outcomes in the order of the queries. */
  async ask(queries: readonly StunQuery[]): Promise<readonly (StunOutcome | undefined)[]> {
    const finished = new Promise<void>((resolve) => {
      this.#onOutcome = () => this.#outcomes.length === queries.length && resolve();
    });
    for (const query of queries) {
      const asked = this.#client.ask(query, performance.now());
      if (!asked.ok) throw new Error(asked.error);
      this.#apply(asked.value);
    }
    await finished;
    return queries.map((query) => this.#outcomes.find((outcome) => outcome.query === query));
  }

  #apply(effects: readonly StunEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === "send") this.#socket.send(effect.bytes, effect.to.port, effect.to.address);
      else this.#outcomes.push(effect.outcome);
    }
    this.#onOutcome();
    clearTimeout(this.#timer);
    const deadline = this.#client.nextDeadline();
    if (deadline === undefined) return;
    this.#timer = setTimeout(
      () => this.#apply(this.#client.onTick(performance.now())),
      Math.max(0, deadline - performance.now()),
    );
  }
}

function at(address: string, port: number): Endpoint {
  return { address, port };
}
