/** A profiler on a host of the simulated network, and the STUN servers that it asks: for tests. */
import type { HostOptions, SimHost, SimNetwork, SimSocket } from "@pinhole/natsim";
import type { Endpoint } from "@pinhole/protocol";
import type { NatProfile } from "@pinhole/protocol/control";
import { answerDatagram } from "@pinhole/stun-server";
import type { SocketId } from "../contract.ts";
import { SocketIds } from "../socket-ids.ts";
import { NatProfiler } from "./nat-profiler.ts";

export const STUN_ADDRESSES = ["198.51.100.1", "198.51.100.2"] as const;
export const STUN_PORTS = [3478, 3479] as const;
/** What a dashboard with two addresses tells its devices. */
export const STUN_SERVERS: readonly Endpoint[] = STUN_ADDRESSES.map((address) => ({ address, port: STUN_PORTS[0] }));

const SERVER_EPOCH_MS = 1_800_000_000_000;

/** The dashboard's server on two addresses with two ports each, or on one of each. */
export function addStunServer(
  network: SimNetwork,
  { delayMs = 0, addresses = STUN_ADDRESSES as readonly string[] } = {},
) {
  const host = network.addHost({
    name: "stun",
    interfaces: [{ segment: network.internet, addresses, line: { delayMs } }],
  });
  const ports = addresses.length > 1 ? STUN_PORTS : [STUN_PORTS[0]];
  const sockets = addresses.flatMap((address) =>
    ports.map((port) => ({ endpoint: { address, port }, socket: host.openSocket({ address, port }) })),
  );
  for (const { endpoint, socket } of sockets) {
    const other = sockets.find(
      (each) => each.endpoint.address !== endpoint.address && each.endpoint.port !== endpoint.port,
    )?.endpoint;
    socket.onDatagram = (from, bytes) => {
      const answer = answerDatagram(bytes, from, { self: endpoint, other });
      const sender = sockets.find(
        ({ endpoint: own }) => own.address === answer?.from.address && own.port === answer.from.port,
      );
      if (answer !== undefined) sender?.socket.send(answer.to, answer.bytes);
    };
  }
  return host;
}

export class ProfilerHost {
  readonly network: SimNetwork;
  readonly host: SimHost;
  readonly profiler: NatProfiler;
  readonly main: SimSocket;
  readonly profiles: { readonly at: number; readonly profile: NatProfile }[] = [];
  readonly sent: { readonly at: number; readonly socket: SocketId; readonly to: Endpoint; readonly bytes: number }[] =
    [];
  readonly reflexive: (readonly Endpoint[])[] = [];
  readonly #sockets = new Map<SocketId, SimSocket>();
  readonly #ids = new SocketIds();
  #wakeAt = Number.POSITIVE_INFINITY;

  constructor(network: SimNetwork, options: HostOptions, { servers = STUN_SERVERS, socketsFail = false } = {}) {
    this.network = network;
    this.host = network.addHost(options);
    const random = network.random.fork();
    this.profiler = new NatProfiler({
      now: () => network.time.now,
      serverNow: () => SERVER_EPOCH_MS + network.time.now,
      randomBytes: (length) => random.bytes(length),
      effects: {
        openSocket: () => (socketsFail ? undefined : this.#openFresh()),
        closeSocket: (id) => {
          this.#sockets.get(id)?.close();
          this.#sockets.delete(id);
        },
        send: (socket, to, bytes) => {
          this.sent.push({ at: network.time.now, socket, to, bytes: bytes.length });
          this.#sockets.get(socket)?.send(to, bytes);
        },
        onReflexive: (reflexive) => void this.reflexive.push(reflexive),
        onProfile: (profile) => void this.profiles.push({ at: network.time.now, profile }),
      },
    });
    this.main = this.#open(0);
    this.tellLocal();
    this.profiler.setServers(servers);
    this.#reschedule();
  }

  get openSockets(): number {
    return this.#sockets.size;
  }

  tellLocal(more: { readonly routerAddress?: string } = {}): void {
    const local = this.host.localEndpoint(this.main, STUN_ADDRESSES[0]);
    const addresses = local === undefined ? [] : [local.address];
    this.profiler.setLocal({ socket: { id: 0, family: 4, port: this.main.port }, addresses, ...more });
  }

  /** The profile of the measurement that is under way. */
  measured(): NatProfile {
    const before = this.profiles.length;
    const isDone = this.network.time.runUntilTrue(() => this.profiles.length > before, 70_000);
    const last = this.profiles.at(-1);
    if (!isDone || last === undefined) throw new Error("the measurement does not end");
    return last.profile;
  }

  /** Through the profiler, and then a tick at every deadline. */
  tell(change: (profiler: NatProfiler) => void): void {
    change(this.profiler);
    this.#reschedule();
  }

  #openFresh(): SocketId {
    const id = this.#ids.take();
    this.#open(id);
    return id;
  }

  #open(id: SocketId): SimSocket {
    const socket = this.host.openSocket({
      onDatagram: (from, bytes) => this.tell((profiler) => profiler.onDatagram(id, from, bytes)),
    });
    this.#sockets.set(id, socket);
    // Told later, as the real datapath does.
    this.network.time.after(1, () => this.tell((profiler) => profiler.onSocketOpened(id, socket.port)));
    return socket;
  }

  #reschedule(): void {
    const at = this.profiler.nextDeadline();
    if (at >= this.#wakeAt || at === Number.POSITIVE_INFINITY) return;
    this.#wakeAt = at;
    this.network.time.at(at, () => {
      if (this.#wakeAt !== at) return;
      this.#wakeAt = Number.POSITIVE_INFINITY;
      this.tell((profiler) => profiler.tick());
    });
  }
}
