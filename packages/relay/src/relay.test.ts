// Real WebSockets on loopback, and clients that do not keep to the rules.
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { type DeviceId, deviceIdFromBytes, type TeamId, teamIdFromBytes } from "@pinhole/protocol";
import {
  decodeRelayFrame,
  encodeRelayFrame,
  MAX_RELAY_FRAME,
  MAX_RELAY_PAYLOAD,
  type RelayFrame,
  type RelayRefusal,
  relayHelloSignatureInput,
  relayRefusalOf,
  type RelayTicket,
} from "@pinhole/protocol/relay";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { issueTicket, TICKET_LIFETIME_MS } from "./issue-ticket.ts";
import { Relay } from "./relay.ts";
import type { RelayLimits } from "./relay-link.ts";

const serverKeys = generateKeyPairSync("ed25519");
const TEAM = teamIdFromBytes(new Uint8Array(16).fill(1));

let relay: Relay;
let server: WebSocketServer;
/** The relay's clock stands still but for what a test adds: how busy the machine is decides nothing. */
const STARTED_AT = Date.now();
let skewMs = 0;
const now = () => STARTED_AT + skewMs;
const clients: Client[] = [];
const revoked = new Set<DeviceId>();
const isRevoked = (device: { readonly deviceId: DeviceId }) => revoked.has(device.deviceId);

beforeEach(async () => {
  skewMs = 0;
  revoked.clear();
  await start();
});
afterEach(stop);

describe("a relay", () => {
  test("carries sealed packets both ways between two devices that may talk", async () => {
    const [a, b] = await pair();
    const packet = sealed(200);
    a.send({ kind: "data", deviceId: b.id, payload: packet });
    await expect.poll(() => b.received).toEqual([{ kind: "data", deviceId: a.id, payload: packet }]);
    b.send({ kind: "data", deviceId: a.id, payload: sealed(MAX_RELAY_PAYLOAD) });
    await expect.poll(() => a.received.length).toBe(1);
    expect(a.received[0]).toMatchObject({ kind: "data", deviceId: b.id });
    expect(relay.counters).toMatchObject({ welcomed: 2, forwardedPackets: 2, forwardedBytes: 200 + MAX_RELAY_PAYLOAD });
  });

  test("answers a ping with the same bytes", async () => {
    const [a] = await pair();
    const echo = new Uint8Array(randomBytes(8));
    a.send({ kind: "ping", echo });
    await expect.poll(() => a.received).toEqual([{ kind: "pong", echo }]);
  });

  test("says that a peer is absent, once a second and not for each packet", async () => {
    const a = newClient();
    const absent = newDevice();
    await a.join({ peers: [absent.id] });
    for (let i = 0; i < 50; i++) a.send({ kind: "data", deviceId: absent.id, payload: sealed(100) });
    await expect.poll(() => relay.counters.dropped.absent).toBe(50);
    await a.settle();
    expect(a.of("peer-absent")).toEqual([{ kind: "peer-absent", deviceId: absent.id }]);
    skewMs = 1_001;
    a.send({ kind: "data", deviceId: absent.id, payload: sealed(100) });
    await expect.poll(() => a.of("peer-absent").length).toBe(2);
  });

  test("keeps the newer of two connections of a device", async () => {
    const [a, b] = await pair();
    const again = newClient(a.device);
    await again.join({ peers: [b.id] });
    await expect.poll(() => a.refusal).toBe("replaced");
    b.send({ kind: "data", deviceId: a.id, payload: sealed(64) });
    await expect.poll(() => again.of("data").length).toBe(1);
    expect(relay.connectedDevices).toBe(2);
  });

  test("takes a newer ticket while connected, and what it says counts from then on", async () => {
    const [a, b] = await pair();
    const c = newClient();
    await c.join({ peers: [a.id] });
    a.send({ kind: "data", deviceId: c.id, payload: sealed(64) });
    await expect.poll(() => relay.counters.dropped.notAllowed).toBe(1);
    a.send({ kind: "ticket", ticket: a.ticket({ peers: [c.id] }) });
    a.send({ kind: "data", deviceId: c.id, payload: sealed(64) });
    await expect.poll(() => c.of("data").length).toBe(1);
    a.send({ kind: "data", deviceId: b.id, payload: sealed(64) });
    await expect.poll(() => relay.counters.dropped.notAllowed).toBe(2);
  });
});

describe("a relay lets nobody in", () => {
  const other = generateKeyPairSync("ed25519");
  test.each<[string, RelayRefusal, (client: Client) => void]>([
    [
      "with a ticket of another server",
      "bad-ticket",
      (client) => client.hello(client.ticket({ key: other.privateKey })),
    ],
    ["with an expired ticket", "ticket-expired", (client) => client.hello(client.ticket({ expiresAt: now() - 1 }))],
    ["with a ticket of another version", "bad-ticket", (client) => client.hello(client.ticket().fill(2, 0, 1))],
    ["with bytes for a ticket", "bad-ticket", (client) => client.hello(new Uint8Array(randomBytes(300)))],
    ["with somebody else's ticket", "bad-signature", (client) => client.hello(newClient().ticket())],
    [
      "with a signature over another challenge",
      "bad-signature",
      (client) => client.hello(client.ticket(), new Uint8Array(32)),
    ],
    [
      "that begins with a packet",
      "bad-frame",
      (client) => client.send({ kind: "data", deviceId: client.id, payload: sealed(64) }),
    ],
    [
      "that begins with a ticket alone",
      "bad-frame",
      (client) => client.send({ kind: "ticket", ticket: client.ticket() }),
    ],
    ["that sends what is no frame", "bad-frame", (client) => client.socket.send(Uint8Array.of(0xff))],
    ["that sends text", "bad-frame", (client) => client.socket.send("hello")],
  ])("%s", async (_, refusal, act) => {
    const client = newClient();
    await client.challenged();
    act(client);
    await expect.poll(() => client.refusal).toBe(refusal);
    await expect.poll(() => client.socket.readyState).toBe(WebSocket.CLOSED);
    expect(relay.connectedDevices).toBe(0);
    expect(relay.counters.refused[refusal]).toBe(1);
  });

  test("with one byte of its ticket changed, whichever", async () => {
    const client = newClient();
    const ticket = client.ticket();
    await client.challenged();
    for (const at of [0, 1, 8, 9, 25, 41, 73, 74, 75, ticket.length - 1]) {
      const forger = newClient(client.device);
      await forger.challenged();
      const forged = ticket.slice();
      forged[at] = (forged[at] ?? 0) ^ 1;
      forger.hello(forged);
      await expect.poll(() => forger.refusal, { message: `byte ${at}` }).toBe("bad-ticket");
    }
  });
});

describe("a relay does not forward", () => {
  test("to a device that the sender's ticket does not name, and does not say whether it is there", async () => {
    const [a] = await pair();
    const stranger = newClient();
    await stranger.join({ peers: [a.id] });
    a.send({ kind: "data", deviceId: stranger.id, payload: sealed(64) });
    a.send({ kind: "data", deviceId: newDevice().id, payload: sealed(64) });
    await expect.poll(() => relay.counters.dropped.notAllowed).toBe(2);
    await a.settle();
    expect([stranger.received, a.of("peer-absent")]).toEqual([[], []]);
  });

  test("to a device whose own ticket does not name the sender", async () => {
    const a = newClient();
    const b = newClient();
    await a.join({ peers: [b.id] });
    await b.join({ peers: [] });
    a.send({ kind: "data", deviceId: b.id, payload: sealed(64) });
    await expect.poll(() => relay.counters.dropped.notAllowed).toBe(1);
    expect(b.received).toEqual([]);
  });

  // Two teams whose tickets name each other's devices: our server signs no such thing, so nothing may hang on it.
  test("into another team", async () => {
    const [a, b] = [newClient(), newClient()];
    await a.join({ peers: [b.id] });
    await b.join({ peers: [a.id], teamId: teamIdFromBytes(new Uint8Array(16).fill(2)) });
    a.send({ kind: "data", deviceId: b.id, payload: sealed(64) });
    await expect.poll(() => relay.counters.dropped.notAllowed).toBe(1);
    expect(b.received).toEqual([]);
  });

  test.each(["sender", "receiver"])("once the %s's ticket has expired", async (who) => {
    const [a, b] = [newClient(), newClient()];
    const short = now() + 60_000;
    await a.join({ peers: [b.id], ...(who === "sender" ? { expiresAt: short } : {}) });
    await b.join({ peers: [a.id], ...(who === "receiver" ? { expiresAt: short } : {}) });
    skewMs = 60_001;
    a.send({ kind: "data", deviceId: b.id, payload: sealed(64) });
    await expect.poll(() => relay.counters.dropped.notAllowed).toBe(1);
    expect(b.received).toEqual([]);
  });

  test.each([
    ["a DNS question", Uint8Array.from(Buffer.from("a1b2010000010000000000000377777703636f6d0000010001", "hex"))],
    ["an HTTP request", new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n")],
    ["a STUN request", Uint8Array.from(Buffer.from("000100002112a442000000000000000000000000", "hex"))],
    ["an initiation of a wrong length", Uint8Array.of(1, ...new Uint8Array(100))],
    ["reserved bytes that are set", Uint8Array.of(4, 1, 0, 0, ...new Uint8Array(60))],
  ])("%s", async (_, payload) => {
    const [a, b] = await pair();
    a.send({ kind: "data", deviceId: b.id, payload });
    await expect.poll(() => relay.counters.dropped.notSealed).toBe(1);
    await a.settle();
    expect(b.received).toEqual([]);
    expect(a.refusal).toBeUndefined();
  });

  test("more than a client's rate", async () => {
    await restart({ bytesPerSecond: 1_000, burstBytes: 5_000 });
    const [a, b] = await pair();
    for (let i = 0; i < 100; i++) a.send({ kind: "data", deviceId: b.id, payload: sealed(983) });
    await expect.poll(() => relay.counters.dropped.overRate).toBeGreaterThanOrEqual(94);
    expect(relay.counters.forwardedPackets).toBeLessThanOrEqual(6);
  });
});

describe("a relay ends a connection", () => {
  // Its ticket would be good for minutes yet.
  test("of a device that was revoked, at once, and lets it in no more by any ticket", async () => {
    const [a, b] = await pair();
    revoked.add(a.id);
    relay.recheck(b.id);
    relay.recheck(a.id);
    await expect.poll(() => a.refusal).toBe("bad-ticket");
    const again = newClient(a.device);
    await again.challenged();
    again.hello(again.ticket({ peers: [b.id] }));
    await expect.poll(() => again.refusal).toBe("bad-ticket");
    expect(b.refusal).toBeUndefined();
    revoked.add(b.id);
    b.send({ kind: "ticket", ticket: b.ticket() });
    await expect.poll(() => b.refusal).toBe("bad-ticket");
  });

  test("whose new ticket is another device's", async () => {
    const [a, b] = await pair();
    a.send({ kind: "ticket", ticket: b.ticket() });
    await expect.poll(() => a.refusal).toBe("bad-ticket");
    expect(b.refusal).toBeUndefined();
  });

  test("whose frame is larger than any", async () => {
    const [a] = await pair();
    a.socket.send(new Uint8Array(MAX_RELAY_FRAME + 1).fill(4));
    await expect.poll(() => a.socket.readyState).toBe(WebSocket.CLOSED);
  });

  test("whose ticket ran out some time ago", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
    const a = newClient();
    await a.join({ peers: [] });
    skewMs = TICKET_LIFETIME_MS + 31_000;
    vi.advanceTimersByTime(6_000);
    vi.useRealTimers();
    await expect.poll(() => a.refusal).toBe("ticket-expired");
  });

  test("that does not answer pings, and none that does", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
    const [dead, live] = [newClient(), newClient()];
    await dead.join({ peers: [] });
    await live.join({ peers: [] });
    live.answersPings = true;
    for (let elapsed = 0; elapsed < 60_000; elapsed += 5_000) {
      vi.advanceTimersByTime(5_000);
      await live.roundTrip();
      await live.roundTrip();
    }
    vi.useRealTimers();
    await expect.poll(() => dead.socket.readyState).toBe(WebSocket.CLOSED);
    expect(live.socket.readyState).toBe(WebSocket.OPEN);
  });
});

// One phone in a tunnel must not hold up the office.
test("a receiver that reads nothing costs its own packets, bounded memory, and nobody else anything", async () => {
  await restart({ bytesPerSecond: 1e9, burstBytes: 1e9 });
  const [a, slow, quick] = [newClient(), newClient(), newClient()];
  await a.join({ peers: [slow.id, quick.id] });
  await slow.join({ peers: [a.id] });
  await quick.join({ peers: [a.id] });
  slow.freeze();

  const PACKETS = 300;
  for (let i = 0; i < PACKETS; i++) {
    a.send({ kind: "data", deviceId: slow.id, payload: sealed(60_000) });
    if (i % 3 === 0) a.send({ kind: "data", deviceId: quick.id, payload: sealed(100) });
    if (i % 50 === 0) await new Promise(setImmediate);
  }
  await expect.poll(() => quick.of("data").length, { timeout: 10_000 }).toBe(100);
  await expect.poll(() => relay.counters.forwardedPackets, { timeout: 10_000 }).toBe(PACKETS + 100);
  expect(relay.counters.dropped.queueFull).toBeGreaterThan(0);
  const [unsent] = [...server.clients].map(({ bufferedAmount }) => bufferedAmount).toSorted((x, y) => y - x);
  expect(unsent).toBeLessThan(256 * 1024);

  slow.thaw();
  const delivered = PACKETS - relay.counters.dropped.queueFull;
  await expect.poll(() => slow.of("data").length, { timeout: 10_000 }).toBe(delivered);
}, 40_000);

type Device = { readonly id: DeviceId; readonly publicKey: Uint8Array; readonly privateKey: KeyObject };
type TicketFields = Partial<RelayTicket> & { key?: KeyObject };

function newDevice(): Device {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = Buffer.from(String(publicKey.export({ format: "jwk" }).x), "base64url");
  return { id: deviceIdFromBytes(new Uint8Array(randomBytes(16))), publicKey: new Uint8Array(raw), privateKey };
}

function newClient(device = newDevice()): Client {
  const client = new Client(device);
  clients.push(client);
  return client;
}

async function pair(): Promise<[Client, Client]> {
  const [a, b] = [newClient(), newClient()];
  await a.join({ peers: [b.id] });
  await b.join({ peers: [a.id] });
  return [a, b];
}

class Client {
  readonly device: Device;
  readonly socket: WebSocket;
  readonly received: RelayFrame[] = [];
  refusal: RelayRefusal | "unknown" | undefined;
  answersPings = false;
  #nonce: Uint8Array | undefined;
  #isWelcome = false;

  constructor(device: Device) {
    this.device = device;
    this.socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, {
      perMessageDeflate: false,
    });
    this.socket.on("error", () => {});
    this.socket.on("message", (data: Buffer) => {
      const frame = decodeRelayFrame(Uint8Array.from(data));
      if (!frame.ok) throw new Error(frame.error);
      this.#take(frame.value);
    });
  }

  get id(): DeviceId {
    return this.device.id;
  }

  of<Kind extends RelayFrame["kind"]>(kind: Kind): RelayFrame[] {
    return this.received.filter((frame) => frame.kind === kind);
  }

  async challenged(): Promise<void> {
    await expect.poll(() => this.#nonce).toBeDefined();
  }

  async join(fields: TicketFields): Promise<void> {
    await this.challenged();
    this.hello(this.ticket(fields));
    await expect.poll(() => this.#isWelcome, { message: "welcome" }).toBe(true);
  }

  ticket({ key, ...fields }: TicketFields = {}): Uint8Array {
    const ticket: RelayTicket = {
      expiresAt: now() + TICKET_LIFETIME_MS,
      deviceId: this.id,
      teamId: TEAM as TeamId,
      identityKey: this.device.publicKey,
      peers: [],
      ...fields,
    };
    return issueTicket(key ?? serverKeys.privateKey, ticket);
  }

  hello(ticket: Uint8Array, nonce = this.#nonce): void {
    const signature = sign(null, relayHelloSignatureInput(nonce ?? new Uint8Array(0), ""), this.device.privateKey);
    this.send({ kind: "hello", ticket, signature: new Uint8Array(signature) });
  }

  send(frame: RelayFrame): void {
    this.socket.send(encodeRelayFrame(frame));
  }

  /** Until the relay has dealt with everything sent so far: it answers in order. */
  async settle(): Promise<void> {
    const echo = new Uint8Array(randomBytes(8));
    this.send({ kind: "ping", echo });
    const isAnswer = (frame: RelayFrame) => frame.kind === "pong" && Buffer.compare(frame.echo, echo) === 0;
    await expect.poll(() => this.received.some(isAnswer)).toBe(true);
    this.received.splice(this.received.findIndex(isAnswer), 1);
  }

  /** There and back below the relay's own frames: it hears nothing of this. */
  async roundTrip(): Promise<void> {
    const answered = once(this.socket, "pong");
    this.socket.ping();
    await answered;
  }

  /** Stops reading from the network, as a device does that is out of reach. */
  freeze(): void {
    this.#tcp.pause();
    this.socket.pause();
  }

  thaw(): void {
    this.socket.resume();
    this.#tcp.resume();
  }

  get #tcp(): Socket {
    return (this.socket as unknown as { _socket: Socket })._socket;
  }

  #take(frame: RelayFrame): void {
    if (frame.kind === "challenge") this.#nonce = frame.nonce;
    else if (frame.kind === "welcome") this.#isWelcome = true;
    else if (frame.kind === "refused") this.refusal = relayRefusalOf(frame.code);
    else if (frame.kind === "ping") {
      if (this.answersPings) this.send({ kind: "pong", echo: frame.echo });
    } else this.received.push(frame);
  }
}

/** Shaped like transport data. */
function sealed(length: number): Uint8Array {
  return Uint8Array.of(4, 0, 0, 0, ...new Uint8Array(length - 4));
}

async function start(limits: Partial<RelayLimits> = {}): Promise<void> {
  relay = new Relay({ publicKey: serverKeys.publicKey, now, isRevoked, limits });
  server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false, maxPayload: 1_000_000 });
  server.on("connection", (socket) => relay.accept(socket, "127.0.0.1"));
  await once(server, "listening");
}

async function stop(): Promise<void> {
  vi.useRealTimers();
  for (const client of clients.splice(0)) client.socket.terminate();
  relay.close();
  for (const client of server.clients) client.terminate();
  await new Promise((resolve) => server.close(resolve));
}

async function restart(limits: Partial<RelayLimits>): Promise<void> {
  await stop();
  await start(limits);
}
