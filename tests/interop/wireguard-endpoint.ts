/**
 * Our WireGuard on a UDP socket: a program for the inside of a namespace, directed over IPC.
 *
 * It answers ICMP echo requests that come out of the tunnel, and its clock can be moved on,
 * so that a test need not wait two minutes for a rekey.
 */
import { randomBytes } from "node:crypto";
import { createSocket, type RemoteInfo } from "node:dgram";
import { generateKeyPair, type InputResult, WireGuardDevice } from "@pinhole/wireguard";
import { decodeEcho, encodeEcho } from "./wireguard-icmp.ts";

export type EndpointOptions = {
  readonly privateKey: string;
  readonly peerPublicKey: string;
  readonly presharedKey?: string;
  readonly persistentKeepaliveMs?: number;
  readonly peerPort: number;
  readonly address: string;
};

export type Command =
  | { readonly do: "start"; readonly options: EndpointOptions }
  | { readonly do: "initiate" }
  | { readonly do: "advance"; readonly ms: number }
  | { readonly do: "ping"; readonly to: string; readonly sequence: number; readonly bytes: number }
  /** Loses transport data on its way in. */
  | { readonly do: "lose-data"; readonly on: boolean }
  /** Demands cookies. */
  | { readonly do: "load"; readonly on: boolean }
  /** Keeps the other side busy with initiations of somebody that it does not know. */
  | { readonly do: "flood"; readonly on: boolean }
  | { readonly do: "count" };

export type Report =
  | { readonly report: "ready" }
  | { readonly report: "listening"; readonly port: number }
  | { readonly report: "input"; readonly result: InputResult; readonly type: number }
  | { readonly report: "complete" }
  | { readonly report: "echo"; readonly kind: "request" | "reply"; readonly sequence: number; readonly bytes: number }
  | { readonly report: "counted"; readonly rxBytes: number; readonly txBytes: number };

const LOOPBACK = "127.0.0.1";
const TRANSPORT_DATA = 4;
const FLOOD_BURST = 64;

process.on("disconnect", () => process.exit());
process.on("message", (command: Command) => {
  if (command.do === "start") run(command.options);
});
report({ report: "ready" });

function run(options: EndpointOptions): void {
  const socket = createSocket("udp4");
  let skewMs = 0;
  let losesData = false;
  let isLoaded = false;
  let isFlooding = false;
  let timer: NodeJS.Timeout | undefined;

  const device = new WireGuardDevice<RemoteInfo>({
    privateKey: Buffer.from(options.privateKey, "base64"),
    now: () => performance.now() + skewMs,
    wallClock: () => Date.now(),
    randomBytes,
    addressOf: ({ address, port }) => ({ host: address, port }),
    isUnderLoad: () => isLoaded,
    events: {
      send: (_, datagram) => socket.send(datagram, options.peerPort, LOOPBACK),
      reply: (source, datagram) => socket.send(datagram, source.port, source.address),
      receive: (_, packet) => onPacket(packet),
      handshakeComplete: () => report({ report: "complete" }),
    },
  });
  const added = device.addPeer({
    publicKey: Buffer.from(options.peerPublicKey, "base64"),
    ...(options.presharedKey && { presharedKey: Buffer.from(options.presharedKey, "base64") }),
    ...(options.persistentKeepaliveMs && { persistentKeepaliveMs: options.persistentKeepaliveMs }),
  });
  if (!added.ok) throw new Error(added.error);
  const peer = added.value;

  socket.on("message", (datagram, source) => {
    if (losesData && datagram[0] === TRANSPORT_DATA) return;
    const result = device.input(datagram, source);
    // Under a flood, answers to its initiations come by the thousand.
    if (result !== "dropped-unknown-index") report({ report: "input", result, type: datagram[0] ?? 0 });
    arm();
  });
  socket.bind(0, LOOPBACK, () => {
    report({ report: "listening", port: socket.address().port });
    arm();
  });

  process.on("message", (command: Command) => {
    carryOut(command);
    arm();
  });

  function carryOut(command: Command): void {
    switch (command.do) {
      case "start":
        return;
      case "initiate":
        return device.initiate(peer);
      case "advance":
        skewMs += command.ms;
        return device.tick();
      case "ping": {
        const { to: destination, sequence, bytes } = command;
        const data = new Uint8Array(bytes).fill(sequence);
        device.send(peer, encodeEcho({ kind: "request", source: options.address, destination, id: 1, sequence, data }));
        return;
      }
      case "lose-data":
        losesData = command.on;
        return;
      case "load":
        isLoaded = command.on;
        return;
      case "flood":
        isFlooding = command.on;
        if (isFlooding) flood(strangersInitiation(options.peerPublicKey));
        return;
      case "count":
        return report({ report: "counted", rxBytes: peer.rxBytes, txBytes: peer.txBytes });
      default:
        command satisfies never;
    }
  }

  function onPacket(packet: Uint8Array): void {
    const echo = decodeEcho(packet);
    if (echo === undefined) return;
    report({ report: "echo", kind: echo.kind, sequence: echo.sequence, bytes: echo.data.length });
    if (echo.kind === "reply") return;
    device.send(peer, encodeEcho({ ...echo, kind: "reply", source: echo.destination, destination: echo.source }));
  }

  function flood(message: Uint8Array): void {
    if (!isFlooding) return;
    let left = FLOOD_BURST;
    for (let i = 0; i < FLOOD_BURST; i++) {
      socket.send(message, options.peerPort, LOOPBACK, () => {
        if (--left === 0) setImmediate(flood, message);
      });
    }
  }

  function arm(): void {
    clearTimeout(timer);
    const delay = device.nextDeadline() - performance.now() - skewMs;
    if (delay === Number.POSITIVE_INFINITY) return;
    timer = setTimeout(
      () => {
        device.tick();
        arm();
      },
      Math.max(0, delay),
    );
  }
}

/** Its mac1 is right, so it has to be looked into. */
function strangersInitiation(peerPublicKey: string): Uint8Array {
  let initiation = new Uint8Array();
  const stranger = new WireGuardDevice({
    privateKey: generateKeyPair().privateKey,
    now: () => 0,
    wallClock: () => Date.now(),
    randomBytes,
    addressOf: () => ({ host: LOOPBACK, port: 0 }),
    events: {
      send: (_, datagram) => {
        initiation = Uint8Array.from(datagram);
      },
      reply: () => {},
      receive: () => {},
    },
  });
  const added = stranger.addPeer({ publicKey: Buffer.from(peerPublicKey, "base64") });
  if (added.ok) stranger.initiate(added.value);
  return initiation;
}

function report(message: Report): void {
  process.send?.(message);
}
