/**
 * A relay's WebSocket, from its opening to the refusal. A source has proven itself by TCP's handshake before a byte of
 * this is sent; the handshake and the upgrade are counted with it, each at the smallest that they can be.
 */
import { generateKeyPairSync } from "node:crypto";
import { deviceIdFromBytes } from "@pinhole/protocol";
import { encodeRelayFrame } from "@pinhole/protocol/relay";
import { Relay } from "@pinhole/relay";
import { Meter, type Traffic } from "./traffic.ts";

/** IPv4, TCP and its timestamps. */
const TCP_HEADER_BYTES = 52;
const SYN_BYTES = 60;
const UPGRADE_REQUEST = [
  "GET /relay/v1 HTTP/1.1",
  "Host: r",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
];
const UPGRADE_ANSWER = [
  "HTTP/1.1 101 Switching Protocols",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
];
/** In front of a message from a client, which is masked, and of one from the server. */
const [MASKED_BYTES, PLAIN_BYTES] = [6, 2];
const CLOSE_BYTES = 4;

type Listener = (data: unknown, isBinary: boolean) => void;

export function relayInputs(): Traffic[] {
  const stranger = deviceIdFromBytes(new Uint8Array(16).fill(1));
  const [ticket, signature] = [new Uint8Array(200), new Uint8Array(64)];
  return [
    offer("relay: opened, and nothing more", []),
    offer("relay: a hello with a ticket of nobody's", [encodeRelayFrame({ kind: "hello", ticket, signature })]),
    offer("relay: a packet before any hello", [
      encodeRelayFrame({ kind: "data", deviceId: stranger, payload: new Uint8Array(64) }),
    ]),
    offer("relay: pings before any hello", [encodeRelayFrame({ kind: "ping", echo: new Uint8Array(8) })]),
    offer("relay: no frame", [Uint8Array.of(0xff)]),
  ];
}

function offer(name: string, frames: readonly Uint8Array[]): Traffic {
  const meter = new Meter(TCP_HEADER_BYTES);
  const listeners: Listener[] = [];
  const closers: (() => void)[] = [];
  const close = () => {
    meter.send(new Uint8Array(CLOSE_BYTES));
    for (const closer of closers.splice(0)) closer();
  };
  const relay = new Relay({
    publicKey: generateKeyPairSync("ed25519").publicKey,
    now: () => 0,
    isRevoked: () => false,
  });
  meter.receive(new Uint8Array(SYN_BYTES - TCP_HEADER_BYTES));
  meter.receive(new Uint8Array(0));
  meter.receive(textOf(UPGRADE_REQUEST));
  meter.send(new Uint8Array(SYN_BYTES - TCP_HEADER_BYTES));
  meter.send(textOf(UPGRADE_ANSWER));
  relay.accept(
    {
      bufferedAmount: 0,
      send: (data) => meter.send(new Uint8Array(data.length + PLAIN_BYTES)),
      close,
      terminate: close,
      on: (event: string, listener: unknown) => {
        if (event === "message") listeners.push(listener as Listener);
        if (event === "close") closers.push(listener as () => void);
      },
    },
    "192.0.2.1",
  );
  // TCP acknowledges every second segment at the least (RFC 9293 §3.8.6.3): the upgrade's answer and the challenge …
  meter.receive(new Uint8Array(0));
  for (const frame of frames) {
    meter.receive(new Uint8Array(frame.length + MASKED_BYTES));
    for (const listener of listeners) listener(frame, true);
  }
  // … and the refusal and the close.
  if (closers.length === 0) meter.receive(new Uint8Array(0));
  const traffic = meter.traffic(name);
  relay.close();
  return traffic;
}

const textOf = (lines: readonly string[]): Uint8Array => new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
