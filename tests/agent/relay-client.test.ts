// The relay client against the dashboard's real relay.
import { generateKeyPairSync, sign } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer, connect, type Socket } from "node:net";
import { type DeviceId, deviceIdFromBytes, fromBase64Url, teamIdFromBytes } from "@pinhole/protocol";
import { RELAY_PATH } from "@pinhole/protocol/control";
import { issueTicket, Relay } from "@pinhole/relay";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newLog } from "../../apps/agent/src/log.ts";
import { RelayClient } from "../../apps/agent/src/relay/relay-client.ts";
import { newUpgradeListener } from "../../apps/dashboard/src/server/http/upgrade-listener.ts";

const TEAM = teamIdFromBytes(new Uint8Array(16).fill(1));
const relayKeys = generateKeyPairSync("ed25519");
const MINUTE_MS = 60_000;

let server: Server;
let port = 0;
let relay: Relay;
let asked = 0;
let isDropping = false;
const sockets = new Set<Socket>();
const devices: Device[] = [];

beforeEach(async () => {
  [port, asked, isDropping] = [0, 0, false];
  await startRelay();
});
afterEach(async () => {
  for (const { client } of devices.splice(0)) client.close();
  await cutRelay();
});

describe("a relay client", () => {
  test("carries packets both ways once it has a ticket, and knows its round trip", async () => {
    const [a, b] = pair();
    expect(a.client.isUp).toBe(false);
    bothKnow(a, b);
    await expect.poll(() => a.client.isUp && b.client.isUp).toBe(true);
    a.client.send(b.id, packet(4, 1));
    b.client.send(a.id, packet(4, 2));
    await expect.poll(() => [a.received, b.received]).toEqual([[[b.id, packet(4, 2)]], [[a.id, packet(4, 1)]]]);
    await expect.poll(() => a.client.rttMs).toBeGreaterThan(0);
    expect(a.states).toEqual([true]);
  });

  // The first packet to a peer must not wait for WireGuard's own repetition, five seconds later.
  test("sends an initiation from before it was up as soon as it is", async () => {
    const [a, b] = pair();
    b.take([a]);
    await expect.poll(() => b.client.isUp).toBe(true);
    a.client.send(b.id, packet(1, 7));
    a.client.send(b.id, packet(4, 8));
    const askedAt = performance.now();
    a.take([b]);
    await expect.poll(() => b.received, { interval: 5 }).toEqual([[a.id, packet(1, 7)]]);
    expect(performance.now() - askedAt).toBeLessThan(200);
    expect(a.client.dropped).toBeGreaterThan(0);
  });

  test("takes a newer ticket while it is up, and one that came while it connected", async () => {
    const [a, b] = pair();
    a.take([]);
    a.take([b]);
    b.take([a]);
    await expect.poll(() => a.client.isUp && b.client.isUp).toBe(true);
    a.client.send(b.id, packet(4, 1));
    await expect.poll(() => b.received.length).toBe(1);
    a.take([]);
    b.take([]);
    await expect.poll(() => relay.counters.refused["bad-ticket"]).toBe(0);
    a.client.send(b.id, packet(4, 2));
    await expect.poll(() => relay.counters.dropped.notAllowed).toBe(1);
  });

  test("comes back by itself after the relay was away", async () => {
    const [a, b] = pair();
    bothKnow(a, b);
    await expect.poll(() => a.client.isUp && b.client.isUp).toBe(true);
    await cutRelay();
    await expect.poll(() => a.states).toEqual([true, false]);
    await startRelay();
    await expect.poll(() => a.client.isUp && b.client.isUp, { timeout: 5_000 }).toBe(true);
    a.client.send(b.id, packet(4, 3));
    await expect.poll(() => b.received.length).toBe(1);
  }, 10_000);

  test("asks for no connection with a ticket that was refused, and at once with the next one", async () => {
    const [a] = pair();
    a.take([], -MINUTE_MS);
    await expect.poll(() => relay.counters.refused["ticket-expired"]).toBe(1);
    await passed(1_500);
    expect(asked).toBe(1);
    const askedAt = performance.now();
    a.take([]);
    await expect.poll(() => a.client.isUp).toBe(true);
    expect(performance.now() - askedAt).toBeLessThan(1_000);
  });

  test("asks a relay that drops it at once ever more seldom", async () => {
    const [a] = pair();
    isDropping = true;
    a.take([]);
    await passed(4_000);
    isDropping = false;
    expect(asked).toBeGreaterThan(2);
    expect(asked).toBeLessThanOrEqual(16);
    // The dashboard is back: no more waiting.
    a.client.hurry();
    await expect.poll(() => a.client.isUp, { timeout: 500 }).toBe(true);
  }, 10_000);

  test("opens another connection at once when the network changes, and none once its ticket is taken away", async () => {
    const [a] = pair();
    a.take([]);
    await expect.poll(() => a.client.isUp).toBe(true);
    a.client.reconnect();
    await expect.poll(() => [asked, a.client.isUp], { timeout: 500 }).toEqual([2, true]);
    a.client.forgetTicket();
    await expect.poll(() => a.client.isUp).toBe(false);
    await passed(1_000);
    expect(asked).toBe(2);
  });

  test("notices a relay that died without a word: soon while it sends", async () => {
    const pipe = await startPipe();
    const [a, b] = [new Device(pipe.url), new Device()];
    bothKnow(a, b);
    await expect.poll(() => a.client.isUp && b.client.isUp).toBe(true);
    pipe.isFrozen = true;
    const diedAt = performance.now();
    const sending = setInterval(() => a.client.send(b.id, packet(4, 1)), 50);
    await expect.poll(() => a.states.at(-1), { timeout: 12_000 }).toBe(false);
    clearInterval(sending);
    expect(performance.now() - diedAt).toBeLessThan(8_000);
  }, 20_000);

  test("keeps no more than a bounded queue for a relay that takes nothing", async () => {
    const pipe = await startPipe();
    const [a, b] = [new Device(pipe.url), new Device()];
    bothKnow(a, b);
    await expect.poll(() => a.client.isUp).toBe(true);
    pipe.pause();
    const big = new Uint8Array(60_000);
    big[0] = 4;
    for (let i = 0; i < 1_000; i++) a.client.send(b.id, big);
    // Of 60 MB: a megabyte here, and what the kernel takes by itself.
    expect(a.client.dropped).toBeGreaterThan(800);
  });
});

class Device {
  readonly id: DeviceId = deviceIdFromBytes(crypto.getRandomValues(new Uint8Array(16)));
  readonly received: [DeviceId, Uint8Array][] = [];
  readonly states: boolean[] = [];
  readonly client: RelayClient;
  readonly #keys = generateKeyPairSync("ed25519");

  constructor(url = () => `ws://127.0.0.1:${port}${RELAY_PATH}`) {
    this.client = new RelayClient({
      url,
      sign: (message) => sign(null, message, this.#keys.privateKey),
      onPacket: (from, bytes) => void this.received.push([from, Uint8Array.from(bytes)]),
      onState: (isUp) => void this.states.push(isUp),
      log: newLog(() => undefined, "error", Date.now),
    });
    devices.push(this);
  }

  take(peers: readonly Device[], lifetimeMs = 5 * MINUTE_MS): void {
    const ticket = issueTicket(relayKeys.privateKey, {
      expiresAt: Date.now() + lifetimeMs,
      deviceId: this.id,
      teamId: TEAM,
      identityKey: fromBase64Url(String(this.#keys.publicKey.export({ format: "jwk" }).x))!,
      peers: peers.map(({ id }) => id),
    });
    this.client.setTicket(ticket);
  }
}

function pair(): [Device, Device] {
  return [new Device(), new Device()];
}

function bothKnow(a: Device, b: Device): void {
  a.take([b]);
  b.take([a]);
}

/** Shaped like a WireGuard message of that type. */
function packet(type: number, mark: number): Uint8Array {
  const bytes = new Uint8Array(type === 1 ? 148 : 64).fill(mark);
  bytes.set([type, 0, 0, 0]);
  return bytes;
}

async function startRelay(): Promise<void> {
  relay = new Relay({ publicKey: relayKeys.publicKey, now: Date.now, isRevoked: () => false });
  server = createServer();
  server.on("connection", (socket: Socket) => sockets.add(socket.on("close", () => sockets.delete(socket))));
  const upgrade = newUpgradeListener({
    publicUrl: undefined,
    onAgent: (socket) => socket.terminate(),
    onRelay: (socket) => relay.accept(socket, "127.0.0.1"),
    onBrowser: (socket) => socket.terminate(),
    isSignedIn: async () => false,
  });
  server.on("upgrade", (request, socket, head) => {
    asked++;
    if (isDropping) return void socket.destroy();
    upgrade(request, socket, head);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
}

async function cutRelay(): Promise<void> {
  const closed = once(server, "close");
  server.close();
  for (const socket of sockets) socket.destroy();
  relay.close();
  await closed;
}

/** A connection in between that can be made to lose everything, or to take nothing. */
async function startPipe() {
  const pipe = { isFrozen: false, url: () => "", pause: () => undefined as void };
  const between = createTcpServer((socket) => {
    const onwards = connect(port, "127.0.0.1");
    pipe.pause = () => void socket.pause();
    for (const each of [socket, onwards]) {
      sockets.add(each);
      each.on("error", () => undefined);
    }
    socket.on("data", (bytes) => pipe.isFrozen || onwards.write(bytes));
    onwards.on("data", (bytes) => pipe.isFrozen || socket.write(bytes));
    socket.on("close", () => onwards.destroy());
  });
  between.listen(0, "127.0.0.1").unref();
  await once(between, "listening");
  pipe.url = () => `ws://127.0.0.1:${(between.address() as AddressInfo).port}${RELAY_PATH}`;
  return pipe;
}

/** What is measured here is how often something happens in a time. */
const passed = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
