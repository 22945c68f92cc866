/** The facade with its real worker, on loopback and without an interface: the fast way where it is to be had, and the portable one. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type DeviceId, type Endpoint, toBase64Url } from "@pinhole/protocol/net";
import type { FilterRule } from "@pinhole/protocol/policy";
import { generateKeyPair } from "@pinhole/wireguard";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type Datapath, type DatapathEvents, openDatapath, type PeerTimestamps } from "./datapath.ts";

const ALLOW: readonly FilterRule[] = [{ src: ["100.64.0.0/10"], dst: ["100.64.0.0/10"], allow: [{ protocol: null }] }];
const [A, B]: readonly [DeviceId, DeviceId] = [`dev_${"a".repeat(32)}`, `dev_${"b".repeat(32)}`];
const keys = { a: generateKeyPair(), b: generateKeyPair() };

describe.each([
  ["the fast way", false],
  ["the portable way", true],
])("a datapath, %s", (_, isPortable) => {
  const open = async (side: "a" | "b", events: Partial<DatapathEvents> = {}, port = 0): Promise<Datapath> => {
    const opened = await openDatapath({
      nodePrivateKey: keys[side].privateKey,
      port,
      tun: null,
      isPortable,
      timestamps: [],
      events: { ...SILENT, ...events },
    });
    if (!opened.ok) throw new Error(opened.error.words);
    onTestFinished(() => opened.value.close());
    return opened.value;
  };

  test("opens its sockets and says how it works", async () => {
    const datapath = await open("a");
    expect(datapath.sockets[0]).toMatchObject({ id: 0, family: 4, port: expect.any(Number) });
    expect(datapath.tunName).toBeNull();
    expect(datapath.description).toMatch(/without an interface/);
  });

  test("refuses a port that is taken, in words", async () => {
    const { sockets } = await open("a");
    const second = await openDatapath({
      nodePrivateKey: keys.b.privateKey,
      port: sockets[0]!.port,
      tun: null,
      isPortable,
      timestamps: [],
      events: SILENT,
    });
    expect(second).toMatchObject({
      ok: false,
      error: { code: "port-taken", words: expect.stringContaining("--port") },
    });
  });

  test("hands over foreign datagrams with their sender, and sends what it is told", async () => {
    const received = Promise.withResolvers<[number, Endpoint, Uint8Array]>();
    const datapath = await open("a", { onDatagram: (...all) => received.resolve(all) });
    const outside = createSocket("udp4").bind(0, "127.0.0.1");
    onTestFinished(() => void outside.close());
    await once(outside, "listening");
    const probe = Buffer.alloc(48, 7);
    probe.set([4, 0, 0, 0]);
    outside.send(probe, datapath.sockets[0]!.port, "127.0.0.1");
    const from = { address: "127.0.0.1", port: outside.address().port };
    expect(await received.promise).toEqual([0, from, Uint8Array.from(probe)]);

    const echoed = once(outside, "message");
    datapath.sendDatagram(0, from, probe);
    expect((await echoed)[0]).toEqual(probe);
  });

  test("carries pings over the relay and directly, and counts them", async () => {
    const timestamps: PeerTimestamps[] = [];
    const traffic = vi.fn();
    const errors = vi.fn();
    let b: Datapath | undefined;
    const a = await open("a", {
      onRelayOutput: (_peer, bytes) => b?.relayInput(A, bytes),
      onTimestamps: (stamps) => timestamps.push(stamps),
      onTraffic: traffic,
      onError: errors,
    });
    b = await open("b", { onRelayOutput: (_peer, bytes) => a.relayInput(B, bytes) });
    a.configure({ peers: [peer(B, "b")], filter: ALLOW, selfAddresses: ["100.90.0.1"], ranges: [] });
    b.configure({ peers: [peer(A, "a")], filter: ALLOW, selfAddresses: ["100.90.0.2"], ranges: [] });
    a.setRoute(B, { relay: true });
    b.setRoute(A, { relay: true });
    expect(await a.ping(B, 1, 5_000)).toMatchObject({ via: "relay" });

    const endpoint = { address: "127.0.0.1", port: b.sockets[0]!.port };
    a.setRoute(B, { relay: false, direct: { socket: 0, endpoint } });
    b.setRoute(A, { relay: false, direct: { socket: 0, endpoint: { ...endpoint, port: a.sockets[0]!.port } } });
    expect(await a.ping(B, 2, 5_000)).toMatchObject({ via: endpoint });
    expect(await a.ping(A, 3, 5_000)).toBe("timeout");

    await vi.waitFor(() => expect(a.stats().peers.get(B)?.rxPackets).toBeGreaterThanOrEqual(3));
    expect(a.stats().peers.get(B)?.lastHandshakeAt).toBeGreaterThan(Date.now() - 60_000);
    expect(a.stats().dropped).toEqual({});
    expect(timestamps[0]).toMatchObject({ nodeKey: toBase64Url(keys.b.publicKey), taken: null });
    expect(traffic).toHaveBeenCalledExactlyOnceWith(B);
    expect(errors).not.toHaveBeenCalled();
  });

  test("forgets the figures of a peer whose key changed", async () => {
    const a = await open("a");
    const b = await open("b");
    a.configure({ peers: [peer(B, "b")], filter: ALLOW, selfAddresses: ["100.90.0.1"], ranges: [] });
    a.setRoute(B, {
      relay: false,
      direct: { socket: 0, endpoint: { address: "127.0.0.1", port: b.sockets[0]!.port } },
    });
    await a.ping(B, 1, 20);
    await vi.waitFor(() => expect(a.stats().peers.get(B)?.txPackets).toBe(1));
    const other = toBase64Url(generateKeyPair().publicKey);
    a.configure({
      peers: [{ ...peer(B, "b"), nodeKey: other }],
      filter: ALLOW,
      selfAddresses: ["100.90.0.1"],
      ranges: [],
    });
    a.configure({ peers: [peer(B, "b")], filter: ALLOW, selfAddresses: ["100.90.0.1"], ranges: [] });
    await a.ping(A, 2, 1);
    await vi.waitFor(() => expect(a.stats().peers.get(B)?.txPackets).toBe(0));
  });

  test("is deaf and dumb after it was closed, twice if need be, and its port is free", async () => {
    const datapath = await open("a");
    const waiting = datapath.ping(B, 1, 60_000);
    await Promise.all([datapath.close(), datapath.close()]);
    expect(await waiting).toBe("timeout");
    expect(await datapath.ping(B, 2, 60_000)).toBe("timeout");
    datapath.sendDatagram(0, { address: "127.0.0.1", port: 9 }, new Uint8Array(8));
    const again = await open("b", {}, datapath.sockets[0]!.port);
    expect(again.sockets[0]!.port).toBe(datapath.sockets[0]!.port);
  });
});

const SILENT: DatapathEvents = {
  onDatagram: () => undefined,
  onRelayOutput: () => undefined,
  onTraffic: () => undefined,
  onDataReceived: () => undefined,
  onTimestamps: () => undefined,
  onSocket: () => undefined,
  onError: () => undefined,
};

function peer(id: DeviceId, side: "a" | "b") {
  return { id, nodeKey: toBase64Url(keys[side].publicKey), addresses: [side === "a" ? "100.90.0.1" : "100.90.0.2"] };
}
