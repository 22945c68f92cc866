/**
 * Many WireGuard peers in one program, which send UDP packets to one device as fast as it goes, each peer in turn a few at
 * once: `node crowd.ts` with {@link CrowdOrder} as JSON on standard input. It speaks the protocol and nothing of the agent.
 */
import { randomBytes } from "node:crypto";
import { text } from "node:stream/consumers";
import { addressToBytes, fromBase64Url, parseEndpoint } from "@pinhole/protocol";
import { datagramBytes, TRANSPORT_HEADER_BYTES, WireGuardDevice } from "@pinhole/wireguard";
import { bindLibc } from "../../../apps/agent/src/datapath/ffi/libc.ts";
import { loadNative } from "../../../apps/agent/src/datapath/ffi/native.ts";
import { loadOpensslAead } from "../../../apps/agent/src/datapath/ffi/openssl-aead.ts";
import { openLoopPacketIo } from "../../../apps/agent/src/datapath/loop-packet-io.ts";
import { buildReference } from "../../../apps/agent/src/datapath/packet/reference-packet.ts";
import type { CrowdOrder } from "./crowd-order.ts";

/** What one peer sends before the next one has its turn: a few packets of one application. */
const BURST = 8;
const BURSTS_A_TURN = 4;
const PAYLOAD_BYTES = 1_200;
/** Discard. Nobody reads it, and nobody answers that nobody does, where somebody has it open. */
const PORT = 9;

const order = JSON.parse(await text(process.stdin)) as CrowdOrder;
const [to, key, native] = [parseEndpoint(order.to), fromBase64Url(order.key), loadNative()];
if (!to.ok || key === undefined || !native.ok) throw new Error("crowd.ts needs an endpoint and a key, on Linux");
const aead = loadOpensslAead(native.value);
const io = openLoopPacketIo({
  native: native.value,
  libc: bindLibc(native.value),
  port: order.port,
  tunName: null,
  countDrop: () => undefined,
  report: (_, words) => console.error(words),
});
if (!aead.ok || !io.ok) throw new Error("the crowd has no socket, or no cipher");
const loop = io.value;

const peers = order.peers.map(({ privateKey, address }) => {
  const device = new WireGuardDevice<undefined>({
    privateKey: Buffer.from(privateKey, "hex"),
    aead: aead.value,
    now: loop.clock.now,
    wallClock: () => Date.now(),
    randomBytes,
    addressOf: () => ({ host: "", port: 0 }),
    events: {
      send: (_, datagram) => loop.send(0, to.value, datagram),
      reply: () => undefined,
      receive: () => undefined,
    },
  });
  const handle = device.addPeer({ publicKey: key });
  if (!handle.ok) throw new Error(handle.error);
  const packet = buildReference({
    family: 4,
    source: [...addressToBytes(address)],
    destination: [...addressToBytes(order.destination)],
    trafficClass: 0,
    hopLimit: 64,
    id: 0,
    dontFragment: true,
    flowLabel: 0,
    sourcePort: PORT,
    destinationPort: PORT,
    transport: { kind: "udp" },
    payload: [...randomBytes(PAYLOAD_BYTES)],
  });
  // Two ways to one place: what goes the same way in a row is sent as one, and a burst is to be one of its own.
  const ways = [0, 1].map(() => ({ socket: 0, endpoint: { ...to.value } }));
  device.send(handle.value, packet);
  return { device, handle: handle.value, packet, ways };
});

let turns = 0;
console.log("sending");
await loop.run({
  packet: () => undefined,
  woken: () => undefined,
  interfaceRestored: () => undefined,
  datagram: (_, bytes) => void peers.find(({ device }) => !device.input(bytes, undefined).startsWith("dropped-")),
  turn() {
    for (let burst = 0; burst < BURSTS_A_TURN; burst++) {
      const peer = peers[turns % peers.length];
      turns += 1;
      if (peer !== undefined) sendBurst(peer, Math.floor(turns / peers.length) % 2);
    }
    return 0;
  },
});

function sendBurst({ device, handle, packet, ways }: (typeof peers)[number], way: number): void {
  device.tick();
  const via = ways[way];
  if (via === undefined || !handle.hasSession) return;
  for (let count = 0; count < BURST; count++) {
    const at = loop.place(via, datagramBytes(packet.length));
    loop.outgoing.set(packet, at + TRANSPORT_HEADER_BYTES);
    if (device.seal(handle, loop.outgoing, at, packet.length)) loop.take();
  }
}
