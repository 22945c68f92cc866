/**
 * A simulated internetwork, and all the time there is in it. A run is a function of what is
 * built, what is sent and the seed: nothing else is random, and nothing waits.
 */
import type { Endpoint } from "@pinhole/protocol/net";
import { AddressBook, addressOf } from "./address-book.ts";
import type { SimContext } from "./context.ts";
import { type HostOptions, SimHost } from "./host.ts";
import { type Fate, Ledger } from "./ledger.ts";
import { newPacket } from "./packet.ts";
import { type RouterOptions, SimRouter } from "./router.ts";
import { SeededRandom } from "./seeded-random.ts";
import { Segment } from "./segment.ts";
import type { SimSocket } from "./socket.ts";
import { VirtualTime } from "./virtual-time.ts";

/** Enough that packets with a low TTL, meant for the sender's own NATs, never cross the Internet. */
const INTERNET_HOPS = 8;

export class SimNetwork {
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly internet: Segment;
  readonly #context: SimContext;

  constructor({
    seed = 1,
    time = new VirtualTime(),
    internetHops = INTERNET_HOPS,
  }: { readonly seed?: number; readonly time?: VirtualTime; readonly internetHops?: number } = {}) {
    this.time = time;
    const random = new SeededRandom(seed);
    this.random = random.fork();
    this.#context = { time, random, book: new AddressBook(), ledger: new Ledger(time) };
    this.internet = new Segment(this.#context, "internet", { hops: internetHops });
  }

  addHost(options: HostOptions): SimHost {
    return new SimHost(this.#context, options);
  }

  /** At the Internet, unless told otherwise. */
  addRouter(options: Omit<RouterOptions, "outside"> & { readonly outside?: Segment }): SimRouter {
    return new SimRouter(this.#context, { outside: this.internet, ...options });
  }

  /** How many packets hosts have sent. */
  get packets(): number {
    return this.#context.ledger.packets;
  }

  /** Equal for equal runs, and for no others. */
  traceDigest(): string {
    return this.#context.ledger.trace.digest();
  }

  /** From here on the network remembers what becomes of each packet. */
  recordFates(): void {
    this.#context.ledger.recordFates();
  }

  /** What became of the packet with the number that `send` returned. */
  fatesOf(packet: number): readonly Fate[] {
    return this.#context.ledger.fatesOf(packet);
  }

  /**
   * What a server would see a socket as: a packet to it, answered at once. It makes the mappings that the
   * packet would; undefined where it does not get out.
   */
  observe(host: SimHost, socket: SimSocket, server: Endpoint): Endpoint | undefined {
    const { book } = this.#context;
    const source = host.localEndpoint(socket, server.address);
    if (source === undefined) return undefined;
    const packet = newPacket({ number: 0, source: book.key(source), destination: book.key(server), bytes: NOTHING });
    const at = addressOf(packet.source);
    let segment = host.interfaces.find(({ addresses }) => addresses.includes(at))?.segment;
    while (segment?.gateway !== undefined && segment.find(addressOf(packet.destination)) === undefined) {
      const { gateway }: Segment = segment;
      if (gateway === undefined || gateway.translate(packet) !== undefined) return undefined;
      segment = gateway.uplink.segment;
    }
    return book.endpoint(packet.source);
  }
}

const NOTHING = new Uint8Array(0);
