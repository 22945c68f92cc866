// A relay without a dashboard beside it: other relays that know the same server, and a server that falls silent.
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { type DeviceId, deviceIdFromBytes, fromBase64Url, teamIdFromBytes } from "@pinhole/protocol";
import {
  decodeRelayFrame,
  encodeRelayFrame,
  relayHelloSignatureInput,
  type RelayFrame,
  relayRefusalOf,
} from "@pinhole/protocol/relay";
import { afterEach, beforeEach, expect, test } from "vitest";
import { issueTicket, TICKET_LIFETIME_MS } from "./issue-ticket.ts";
import { Relay } from "./relay.ts";
import type { RelaySocket } from "./relay-link.ts";

const serverKeys = generateKeyPairSync("ed25519");
const TEAM = teamIdFromBytes(new Uint8Array(16).fill(1));
const OUTAGE_MS = 86_400_000;

let now = 0;
let relay: Relay;
beforeEach(() => {
  now = 1_000_000;
  relay = new Relay({
    name: "fra",
    publicKey: serverKeys.publicKey,
    now: () => now,
    isRevoked: () => false,
    outageMs: OUTAGE_MS,
  });
});
afterEach(() => relay.close());

// A hostile relay hands the challenge of an honest one to a device: the answer names the relay that the device meant.
test("the answer to a challenge is good at the relay that it names alone", () => {
  for (const [name, refusal] of [
    ["fra", undefined],
    ["sgp", "bad-signature"],
    ["", "bad-signature"],
  ] as const) {
    const device = new Device();
    device.hello({ relayName: name });
    expect(device.refusal, name).toBe(refusal);
  }
});

test("goes on between those that the server had let in while it is silent, and lets them in again", () => {
  const [a, b] = pair();
  now += TICKET_LIFETIME_MS + 3_600_000;
  expect(carries(a, b)).toBe(true);
  b.connect();
  b.hello({ ticket: b.lastTicket });
  expect(b.refusal).toBeUndefined();
  expect(carries(a, b)).toBe(true);
  now += OUTAGE_MS;
  expect(carries(a, b)).toBe(false);
});

// Revoked while the server is there: the others go on, it does not.
test("does not go on for a device that gets no new ticket while others do", () => {
  const [a, b, c] = [...pair(), new Device()];
  const renewals = 4;
  for (let n = 0; n < renewals; n++) {
    now += TICKET_LIFETIME_MS / 2;
    for (const device of [a, c]) device.hello({ peers: [a, b, c] });
  }
  expect([carries(a, c), carries(a, b), carries(b, a)]).toEqual([true, false, false]);
  b.connect();
  b.hello({ ticket: b.lastTicket });
  expect(b.refusal).toBe("ticket-expired");
});

function pair(): [Device, Device] {
  const [a, b] = [new Device(), new Device()];
  a.hello({ peers: [b] });
  b.hello({ peers: [a] });
  return [a, b];
}

function carries(from: Device, to: Device): boolean {
  const payload = Uint8Array.of(4, 0, 0, 0, ...randomBytes(60));
  from.send({ kind: "data", deviceId: to.id, payload });
  const last = to.received.at(-1);
  return last?.kind === "data" && Buffer.compare(last.payload, payload) === 0;
}

/** A device and its present connection, without a network in between. */
class Device implements RelaySocket {
  readonly id: DeviceId = deviceIdFromBytes(new Uint8Array(randomBytes(16)));
  readonly bufferedAmount = 0;
  received: RelayFrame[] = [];
  refusal: string | undefined;
  lastTicket: Uint8Array = new Uint8Array(0);
  readonly #keys = generateKeyPairSync("ed25519");
  #nonce = new Uint8Array(0);
  #take: (data: unknown, isBinary: boolean) => void = () => undefined;

  constructor() {
    this.connect();
  }

  connect(): void {
    this.refusal = undefined;
    relay.accept(this, "192.0.2.1");
  }

  /** Each on a connection of its own, which takes the place of the one before. */
  hello({
    relayName = "fra",
    peers = [],
    ticket,
  }: {
    relayName?: string;
    peers?: readonly Device[];
    ticket?: Uint8Array;
  }): void {
    this.connect();
    this.lastTicket =
      ticket ??
      issueTicket(serverKeys.privateKey, {
        expiresAt: now + TICKET_LIFETIME_MS,
        deviceId: this.id,
        teamId: TEAM,
        identityKey: fromBase64Url(String(this.#keys.publicKey.export({ format: "jwk" }).x))!,
        peers: peers.flatMap(({ id }) => (id === this.id ? [] : [id])),
      });
    const signature = sign(null, relayHelloSignatureInput(this.#nonce, relayName), this.#keys.privateKey);
    this.send({ kind: "hello", ticket: this.lastTicket, signature: new Uint8Array(signature) });
  }

  // What arrived is the receiver's to keep, so each gets bytes of its own.
  on(event: string, listener: (...data: never[]) => void): void {
    if (event === "message") this.#take = listener as unknown as (data: unknown, isBinary: boolean) => void;
  }

  /** From the device to the relay. */
  send(data: RelayFrame | Uint8Array): void {
    if (!(data instanceof Uint8Array)) return this.#take(Buffer.from(encodeRelayFrame(data)), true);
    const frame = decodeRelayFrame(Uint8Array.from(data));
    if (!frame.ok) throw new Error(frame.error);
    if (frame.value.kind === "challenge") this.#nonce = Uint8Array.from(frame.value.nonce);
    else if (frame.value.kind === "refused" && frame.value.code !== 5) this.refusal = relayRefusalOf(frame.value.code);
    else this.received.push(frame.value);
  }

  close(): void {}
  terminate(): void {}
}
