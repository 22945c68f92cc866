/** Sockets beyond the first ones, as hole punching opens them by the hundred: the fast way and the portable one. */
import { spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { type DeviceId, type Endpoint, toBase64Url } from "@pinhole/protocol/net";
import { generateKeyPair } from "@pinhole/wireguard";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type Datapath, type DatapathEvents, openDatapath } from "./datapath.ts";

const [A, B]: readonly [DeviceId, DeviceId] = [`dev_${"a".repeat(32)}`, `dev_${"b".repeat(32)}`];
const ADDRESSES = { [A]: "100.90.0.1", [B]: "100.90.0.2" } as const;
const RANGE = "100.64.0.0/10";

describe.each([
  ["the fast way", false],
  ["the portable way", true],
])("an extra socket, %s", (_, isPortable) => {
  const open = (): Promise<Opened> => openOne(isPortable);

  test("tells its port, sends what was sent right after it was opened, and hears", async () => {
    const { datapath, ports, heard } = await open();
    const outside = await listen();
    const arrived = once(outside, "message");
    datapath.openSocket(1_000, 4);
    datapath.sendDatagram(1_000, endpointOf(outside), PROBE);
    const [bytes, from] = await arrived;
    expect(bytes).toEqual(PROBE);
    await vi.waitFor(() => expect(ports.get(1_000)).toEqual([from.port]));
    expect(datapath.sockets.map(({ port }) => port)).not.toContain(from.port);

    outside.send(PROBE, from.port, "127.0.0.1");
    await vi.waitFor(() => expect(heard).toEqual([{ socket: 1_000, from: endpointOf(outside), bytes: PROBE }]));
  });

  test.each([4, 6] as const)("sends over IPv%i with a TTL and without, in order, to the last one", async (family) => {
    const { datapath } = await open();
    if (!datapath.sockets.some((socket) => socket.family === family)) return;
    const outside = await listen(family === 4 ? "127.0.0.1" : "::1");
    const arrived: number[] = [];
    outside.on("message", (bytes) => arrived.push(bytes[8]!));
    datapath.openSocket(1_000, family);
    for (let count = 0; count < 40; count++) {
      datapath.sendDatagram(1_000, endpointOf(outside), numbered(count), count % 3 === 0 ? { ttl: 2 } : {});
    }
    await vi.waitFor(() => expect(arrived).toEqual(Array.from({ length: 40 }, (_value, count) => count)));
    expect(datapath.stats().dropped).toEqual({});
  });

  test("is never one of the first, and a TTL is between 1 and 255", async () => {
    const { datapath } = await open();
    for (const id of [0, 1, 999, 1_000.5]) {
      expect(() => datapath.openSocket(id, 4)).toThrow(RangeError);
      expect(() => datapath.closeSocket(id)).toThrow(RangeError);
    }
    for (const ttl of [0, 256, 1.5]) {
      expect(() => datapath.sendDatagram(0, { address: "127.0.0.1", port: 9 }, PROBE, { ttl })).toThrow(RangeError);
    }
  });

  test("carries a peer's packets, and they are counted", async () => {
    const [a, b] = await pair(isPortable);
    a.datapath.openSocket(1_001, 4);
    await vi.waitFor(() => expect(a.ports.get(1_001)).toHaveLength(1));
    const toB = { address: "127.0.0.1", port: b.datapath.sockets[0]!.port };
    const toA = { address: "127.0.0.1", port: a.ports.get(1_001)![0]! };
    a.datapath.setRoute(B, { relay: false, direct: { socket: 1_001, endpoint: toB } });
    b.datapath.setRoute(A, { relay: false, direct: { socket: 0, endpoint: toA } });
    expect(await a.datapath.ping(B, 1, 5_000)).toMatchObject({ via: toB });
    expect(await b.datapath.ping(A, 1, 5_000)).toMatchObject({ via: toA });
    expect(a.vias).toContainEqual({ socket: 1_001, endpoint: toB });
    await vi.waitFor(() => expect(a.datapath.stats().peers.get(B)?.rxPackets).toBeGreaterThanOrEqual(3));
    expect(a.datapath.stats().dropped).toEqual({});

    // What a route sends through a socket that is gone is counted, and another route takes over.
    a.datapath.closeSocket(1_001);
    expect(await a.datapath.ping(B, 2, 50)).toBe("timeout");
    expect(a.datapath.stats().dropped).toEqual({ "unknown-socket": 1 });
    a.datapath.setRoute(B, { relay: false, direct: { socket: 0, endpoint: toB } });
    b.datapath.setRoute(A, {
      relay: false,
      direct: { socket: 0, endpoint: { ...toA, port: a.datapath.sockets[0]!.port } },
    });
    expect(await a.datapath.ping(B, 3, 5_000)).toMatchObject({ via: toB });
    expect([...a.errors, ...b.errors]).toEqual([]);
  });

  test("is deaf once closed, and what it was told to send before is sent", async () => {
    const { datapath, ports, heard } = await open();
    const outside = await listen();
    datapath.openSocket(1_000, 4);
    await vi.waitFor(() => expect(ports.get(1_000)).toHaveLength(1));
    const arrived = once(outside, "message");
    datapath.sendDatagram(1_000, endpointOf(outside), PROBE);
    datapath.closeSocket(1_000);
    datapath.closeSocket(1_000);
    datapath.sendDatagram(1_000, endpointOf(outside), PROBE);
    const [, from] = await arrived;
    await vi.waitFor(() => expect(datapath.stats().dropped).toEqual({ "unknown-socket": 1 }));
    outside.send(PROBE, from.port, "127.0.0.1");
    // One that comes later, and comes in.
    datapath.openSocket(1_001, 4);
    await vi.waitFor(() => expect(ports.get(1_001)).toHaveLength(1));
    outside.send(PROBE, ports.get(1_001)![0]!, "127.0.0.1");
    await vi.waitFor(() => expect(heard.map(({ socket }) => socket)).toEqual([1_001]));
  });

  test("takes the place of the one that has its id", async () => {
    const { datapath, ports, heard } = await open();
    const outside = await listen();
    datapath.openSocket(1_000, 4);
    await vi.waitFor(() => expect(ports.get(1_000)).toHaveLength(1));
    datapath.openSocket(1_000, 4);
    await vi.waitFor(() => expect(ports.get(1_000)).toHaveLength(2));
    outside.send(numbered(1), ports.get(1_000)![0]!, "127.0.0.1");
    outside.send(numbered(2), ports.get(1_000)![1]!, "127.0.0.1");
    await vi.waitFor(() => expect(heard.map(({ bytes }) => bytes[8])).toEqual([2]));
  });

  test("is one of three hundred and twenty, and each of them sends and hears", async () => {
    const { datapath, ports, heard } = await open();
    const outside = await listen();
    const ids = Array.from({ length: 320 }, (_value, count) => 1_000 + count);
    outside.on("message", (bytes, from) => outside.send(bytes, from.port, "127.0.0.1"));
    for (const id of ids) datapath.openSocket(id, 4);
    // In two halves: what is under way must find room in one buffer of the other end.
    for (const half of [ids.slice(0, 160), ids.slice(160)]) {
      for (const id of half) datapath.sendDatagram(id, endpointOf(outside), numbered(id & 0xff), { ttl: 64 });
      await vi.waitFor(() =>
        expect(new Set(heard.map(({ socket }) => socket))).toEqual(
          new Set(ids.slice(0, ids.indexOf(half.at(-1)!) + 1)),
        ),
      );
    }
    expect(new Set([...ports.values()].flat()).size).toBe(ids.length);
    for (const id of ids) datapath.closeSocket(id);
    expect(await datapath.ping(A, 1, 1)).toBe("timeout");
    expect(datapath.stats().dropped).toEqual({});
  });

  test("is null where the process may have no more descriptors, and the others go on", async () => {
    const program = `
      import { openDatapath } from ${JSON.stringify(new URL("./datapath.ts", import.meta.url).href)};
      const silent = () => undefined;
      const ports = [];
      const opened = await openDatapath({
        nodePrivateKey: new Uint8Array(32).fill(1), port: 0, tun: null, isPortable: ${isPortable}, timestamps: [],
        events: {
          onDatagram: silent, onRelayOutput: silent, onTraffic: silent, onDataReceived: silent, onTimestamps: silent,
          onError: (code, words) => console.log(code, words),
          onSocket: (id, port) => ports.push(port),
        },
      });
      for (let id = 1000; id < 1200; id++) opened.value.openSocket(id, 4);
      while (ports.length < 200) await new Promise(setImmediate);
      const failed = ports.filter((port) => port === null).length;
      console.log(failed > 0 && failed < 200 ? "some" : failed);
      await opened.value.close();
    `;
    const child = spawn("sh", [
      "-c",
      'ulimit -n 100; exec "$@"',
      "sh",
      process.execPath,
      "--input-type=module",
      "-e",
      program,
    ]);
    const said: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => said.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
    await once(child, "close");
    expect(Buffer.concat(said).toString()).toBe("some\n");
  });
});

/** Shaped like a probe: type 4 with an index that nobody gave out. */
const PROBE = numbered(0);

type Opened = {
  readonly datapath: Datapath;
  readonly ports: Map<number, (number | null)[]>;
  readonly heard: { socket: number; from: Endpoint; bytes: Uint8Array }[];
  readonly vias: unknown[];
  readonly errors: string[];
};

async function openOne(
  isPortable: boolean,
  { nodePrivateKey, events }: { readonly nodePrivateKey?: Uint8Array; readonly events?: Partial<DatapathEvents> } = {},
): Promise<Opened> {
  const [ports, heard, vias, errors]: [Opened["ports"], Opened["heard"], unknown[], string[]] = [new Map(), [], [], []];
  const opened = await openDatapath({
    nodePrivateKey: nodePrivateKey ?? generateKeyPair().privateKey,
    port: 0,
    tun: null,
    isPortable,
    timestamps: [],
    events: {
      onDatagram: (socket, from, bytes) => void heard.push({ socket, from, bytes: Buffer.from(bytes) }),
      onRelayOutput: () => undefined,
      onTraffic: () => undefined,
      onDataReceived: (_peer, via) => void vias.push(via),
      onTimestamps: () => undefined,
      onSocket: (socket, port) => void ports.set(socket, [...(ports.get(socket) ?? []), port]),
      onError: (code, words) => void errors.push(`${code}: ${words}`),
      ...events,
    },
  });
  if (!opened.ok) throw new Error(opened.error.words);
  onTestFinished(() => opened.value.close());
  return { datapath: opened.value, ports, heard, vias, errors };
}

/** Two that know and allow each other. */
async function pair(isPortable: boolean): Promise<[Opened, Opened]> {
  const keys = { [A]: generateKeyPair(), [B]: generateKeyPair() };
  const one = async (self: DeviceId, other: DeviceId): Promise<Opened> => {
    const opened = await openOne(isPortable, { nodePrivateKey: keys[self]!.privateKey });
    opened.datapath.configure({
      peers: [{ id: other, nodeKey: toBase64Url(keys[other]!.publicKey), addresses: [ADDRESSES[other]!] }],
      filter: [{ src: [RANGE], dst: [RANGE], allow: [{ protocol: null }] }],
      selfAddresses: [ADDRESSES[self]!],
      ranges: [],
    });
    return opened;
  };
  return [await one(A, B), await one(B, A)];
}

async function listen(address = "127.0.0.1"): Promise<Socket> {
  const socket = createSocket(address === "::1" ? "udp6" : "udp4").bind(0, address);
  onTestFinished(() => void socket.close());
  await once(socket, "listening");
  return socket;
}

function endpointOf(socket: Socket): Endpoint {
  const { address, port } = socket.address();
  return { address, port };
}

function numbered(number: number): Buffer {
  const probe = Buffer.alloc(48, 7);
  probe.set([4, 0, 0, 0]);
  probe[8] = number;
  return probe;
}
