/**
 * The worker thread's side: opens what packets travel through, joins it to the engine and does
 * what the main thread asks. Importing this file starts it, in a thread that datapath.ts made.
 */
import { randomBytes } from "node:crypto";
import { type MessagePort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { ok, type Result } from "@pinhole/protocol/net";
import { type Aead, nodeAead } from "@pinhole/wireguard";
import { Backlog, WakeFlag } from "./backlog.ts";
import type { DatapathRefusal } from "./contract.ts";
import { CounterWriter } from "./counters.ts";
import { Engine } from "./engine.ts";
import { bindLibc, type Libc } from "./ffi/libc.ts";
import { loadNative, type Native, type NativeMissing } from "./ffi/native.ts";
import { askNetlink } from "./ffi/netlink-socket.ts";
import { loadOpensslAead } from "./ffi/openssl-aead.ts";
import { ProgramText } from "./ffi/program-text.ts";
import { type LoopPacketIo, openLoopPacketIo } from "./loop-packet-io.ts";
import type { ToWorker, WorkerInput } from "./messages.ts";
import { OldGarbage, ownHeap } from "./old-garbage.ts";
import { Outbox } from "./outbox.ts";
import type { ReportError } from "./packet-io.ts";
import { openPortablePacketIo, type PortablePacketIo } from "./portable-packet-io.ts";
import { askNetlinkByProgram } from "./pump/ask-netlink.ts";
import { type InterfaceControl, type InterfaceProblem, InterfaceSetup } from "./tun/interface-setup.ts";

const input: WorkerInput = workerData;
const counters = new CounterWriter(input.shared);
const countDrop = counters.drop.bind(counters);
const outbox = new Outbox(input.port, new Backlog(input.shared, "to-main"), countDrop);
const report: ReportError = (code, words) => outbox.put({ kind: "error", code, words });

const opened = await openIo();
if (opened.ok) await serve(opened.value);
else outbox.put({ kind: "refused", refusal: opened.error });
outbox.flush();
input.port.close();

type OpenIo =
  | {
      readonly kind: "loop";
      readonly io: LoopPacketIo;
      readonly native: Native;
      readonly libc: Libc;
      readonly aead: Result<Aead, NativeMissing>;
    }
  | { readonly kind: "portable"; readonly io: PortablePacketIo; readonly why: string };

async function openIo(): Promise<Result<OpenIo, DatapathRefusal>> {
  const { udpPort: port, tunName, isPortable } = input;
  const native = loadNative();
  if (native.ok && !isPortable) {
    const libc = bindLibc(native.value);
    const loop = openLoopPacketIo({ native: native.value, libc, port, tunName, countDrop, report });
    return loop.ok
      ? ok({ kind: "loop", io: loop.value, native: native.value, libc, aead: loadOpensslAead(native.value) })
      : loop;
  }
  const why = native.ok ? "asked for" : native.error.words;
  const portable = await openPortablePacketIo({ port, tunName, countDrop, report });
  return portable.ok ? ok({ kind: "portable", io: portable.value, why }) : portable;
}

async function serve(open: OpenIo): Promise<void> {
  const { io } = open;
  const control = interfaceControl(open);
  const hostInterface = control === undefined ? undefined : new InterfaceSetup(control);
  const engine = newEngine(open, (bytes) => reportProblem(hostInterface?.setMtu(bytes)));
  const tidying = newTidying(open, performance.now());
  const wake = new WakeFlag(input.shared);
  const backlog = new Backlog(input.shared, "to-worker");

  const woken = (): void => {
    wake.clear();
    for (const message of messagesOn(input.port)) {
      backlog.taken();
      take(message);
    }
  };
  const take = (message: ToWorker): void => {
    switch (message.kind) {
      case "configure": {
        engine.configure(message.config, message.slots);
        const { selfAddresses: addresses, ranges } = message.config;
        return reportProblem(hostInterface?.apply({ addresses, ranges }));
      }
      case "route":
        return engine.setRoute(message.peerId, message.route);
      case "proven":
        return engine.setProven(message.peerId, message.until - performance.timeOrigin);
      case "path-mtu":
        return engine.setPathMtu(message.peerId, message.bytes);
      case "open-socket": {
        const { id, family } = message;
        return io.openSocket(id, family, (port) => outbox.put({ kind: "socket", id, port }));
      }
      case "close-socket":
        return io.closeSocket(message.id);
      case "datagram":
        return engine.sendDatagram(message.socket, message.to, message.bytes, message.options);
      case "relay":
        return engine.relayInput(message.peerId, message.bytes);
      case "ping":
        return engine.ping(message);
      case "stop":
        return io.stop();
      default:
        return message satisfies never;
    }
  };

  outbox.put({
    kind: "ready",
    ready: {
      sockets: io.sockets,
      tunName: open.io.tunName,
      description: describe(open),
      wakeFd: open.kind === "loop" ? open.io.wakeFd : null,
    },
  });
  // A loop that holds this thread is woken through its descriptor; otherwise each message stays
  // on the port until the listener has asked for all of them.
  if (open.kind === "portable") listen(input.port, take, open.io);
  await io.run({
    packet: (bytes, offload) => engine.packet(bytes, offload),
    datagram: (via, bytes) => engine.datagram(via, bytes),
    woken,
    interfaceRestored: () => reportProblem(hostInterface?.restore()),
    turn: () => {
      const now = performance.now();
      const sleepMs = Math.min(engine.turn(), ...tidying.map((each) => each.tick(now)));
      outbox.flush();
      return sleepMs;
    },
  });
  io.close();
}

/** What gives memory back now and then. */
function newTidying(open: OpenIo, now: number): readonly { tick(now: number): number }[] {
  const heap = ownHeap();
  return [
    ...(open.kind === "loop" ? [new ProgramText(open.native, now)] : []),
    ...(heap === undefined ? [] : [new OldGarbage(heap, now)]),
  ];
}

function interfaceControl(open: OpenIo): InterfaceControl | undefined {
  if (open.kind === "portable") {
    const { pump } = open.io;
    return pump && { name: pump.name, index: () => ok(pump.index), ask: askNetlinkByProgram };
  }
  const { libc, io } = open;
  const { tunName: name } = io;
  if (name === null) return undefined;
  return { name, index: () => libc.if_nametoindex(name), ask: (request) => askNetlink(libc, request) };
}

function reportProblem(applied: Result<void, InterfaceProblem> | undefined): void {
  if (applied?.ok === false) report(applied.error.code, applied.error.words);
}

function newEngine(open: OpenIo, innerMtuChanged: (bytes: number) => void): Engine {
  const isLoop = open.kind === "loop";
  return new Engine({
    privateKey: input.nodePrivateKey,
    aead: isLoop && open.aead.ok ? open.aead.value : nodeAead,
    io: open.io,
    partOf: open.io.partOf.bind(open.io),
    timestamps: input.timestamps,
    now: open.io.clock.now,
    wallClock: () => Date.now(),
    randomBytes,
    countDrop,
    events: {
      datagram: ({ socket, endpoint }, bytes) =>
        outbox.putPacket(bytes, (copy) => ({ kind: "datagram", socket, from: endpoint, bytes: copy })),
      relayOutput: (peerId, bytes) => outbox.putPacket(bytes, (copy) => ({ kind: "relay", peerId, bytes: copy })),
      traffic: (peerId) => outbox.put({ kind: "traffic", peerId }),
      dataReceived: (peerId, via) => outbox.put({ kind: "data-received", peerId, via }),
      timestamps: (timestamps) => outbox.put({ kind: "timestamps", timestamps }),
      pong: (ping, reply) => outbox.put({ kind: "pong", ping, reply }),
      peerRefused: (words) => report("peer-refused", words),
      innerMtuChanged,
      crossed: (kind, bytes, isOutbound) => counters.crossed(kind, bytes, isOutbound),
      counted: (slot, figures) => counters.write(slot, figures),
    },
  });
}

function* messagesOn(port: MessagePort): Generator<ToWorker> {
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) yield next.message;
}

function listen(port: MessagePort, take: (message: ToWorker) => void, io: PortablePacketIo): void {
  const backlog = new Backlog(input.shared, "to-worker");
  port.on("message", (message: ToWorker) => {
    backlog.taken();
    io.clock.refresh();
    take(message);
    io.wake();
  });
}

function describe(open: OpenIo): string {
  const where = open.io.tunName === null ? "without an interface" : `interface ${open.io.tunName}`;
  if (open.kind === "portable") {
    const isLacking = input.tunName !== null && open.io.tunName === null && process.platform === "linux";
    return `portable, ${where} (${open.why}${isLacking ? "; with perl installed it would have an interface" : ""})`;
  }
  return open.aead.ok ? `fast, ${where}` : `fast, ${where} (slow cipher: ${open.aead.error.words})`;
}
