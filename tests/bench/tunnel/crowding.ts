/** One device at end a, and at end b any number of peers that send to it as fast as they can: what receiving costs the device. */
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type DeviceId, toBase64Url } from "@pinhole/protocol";
import { generateKeyPair } from "@pinhole/wireguard";
import { ADDRESSES, DatapathHost, EVERYTHING, RANGES } from "../../natlab/datapath-pair.ts";
import { residentMegabytes } from "../memory.ts";
import type { CrowdOrder } from "./crowd-order.ts";
import { processorSeconds } from "./processor-time.ts";
import { OUTSIDE, Wire } from "./wire.ts";

const PROGRAM = fileURLToPath(new URL("./crowd.ts", import.meta.url));
const PORT = 51_900;
/** Handshakes, and what a compiler does at first. */
const WARM_UP_MS = 2_000;

type Received = { readonly perSecond: number; readonly perProcessorSecond: number };

/** How many packets `count` says have been received, over a while of what `order` sends. */
async function measureReception(
  wire: Wire,
  order: CrowdOrder,
  { pid, seconds, count }: { readonly pid: number; readonly seconds: number; readonly count: () => Promise<number> },
): Promise<Received> {
  const crowd = wire.spawn("b", [process.execPath, PROGRAM], { stdin: JSON.stringify(order) });
  await crowd.waitForLine(/sending/, 20_000);
  await delay(WARM_UP_MS);
  const before = { packets: await count(), used: processorSeconds([pid]), at: performance.now() };
  await delay(seconds * 1_000);
  const packets = (await count()) - before.packets;
  const used = processorSeconds([pid]) - before.used;
  const elapsed = (performance.now() - before.at) / 1_000;
  await crowd.stop();
  if (packets === 0) throw new Error("nothing was received");
  return { perSecond: packets / elapsed, perProcessorSecond: packets / used };
}

type CrowdPeer = {
  readonly id: DeviceId;
  readonly publicKey: string;
  readonly privateKey: string;
  readonly address: string;
};

export class Crowded implements AsyncDisposable {
  readonly #wire: Wire;
  readonly #host: DatapathHost;
  readonly #peers: readonly CrowdPeer[];

  /** Knows so many peers, the first `active` of which have a path to it. */
  static async open(known: number, active: number): Promise<Crowded> {
    const wire = new Wire();
    const args = ["--quiet", "--tun=pinhole0"];
    const host = await DatapathHost.spawn((argv) => wire.spawn("a", argv), "a", args);
    await dropUnread(wire);
    const peers = newPeers(known);
    host.tell({
      do: "configure",
      config: {
        peers: peers.map(({ id, publicKey, address }) => ({ id, nodeKey: publicKey, addresses: [address] })),
        filter: EVERYTHING,
        selfAddresses: ADDRESSES.a,
        ranges: RANGES,
      },
    });
    for (const { id } of peers.slice(0, active)) {
      const endpoint = { address: OUTSIDE.b, port: PORT };
      host.tell({ do: "route", peerId: id, route: { relay: false, direct: { socket: 0, endpoint } } });
    }
    return new Crowded(wire, host, peers.slice(0, active));
  }

  private constructor(wire: Wire, host: DatapathHost, peers: readonly CrowdPeer[]) {
    this.#wire = wire;
    this.#host = host;
    this.#peers = peers;
  }

  get residentMegabytes(): number {
    return residentMegabytes(this.#host.process.pid);
  }

  async measure(seconds: number): Promise<Received> {
    const order: CrowdOrder = {
      to: `${OUTSIDE.a}:${this.#host.port}`,
      key: this.#host.nodeKey,
      port: PORT,
      destination: ADDRESSES.a[0],
      peers: this.#peers,
    };
    const count = async (): Promise<number> => {
      const { peers } = await this.#host.stats();
      return Object.values(peers).reduce(
        (sum: number, figures) => sum + (figures as { rxPackets: number }).rxPackets,
        0,
      );
    };
    return measureReception(this.#wire, order, { pid: this.#host.process.pid, seconds, count });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#wire[Symbol.asyncDispose]();
  }
}

/** What arrives has been received; what a host does with packets that nobody reads is not to be measured. */
async function dropUnread(wire: Wire): Promise<void> {
  await wire.exec("a", [
    "nft",
    "table inet bench { chain arriving { type filter hook input priority 0; udp dport 9 drop ; } ; }",
  ]);
}

function newPeers(count: number): readonly CrowdPeer[] {
  return Array.from({ length: count }, (_, number) => {
    const { publicKey, privateKey } = generateKeyPair();
    return {
      id: `dev_${number.toString(16).padStart(32, "0")}`,
      publicKey: toBase64Url(publicKey),
      privateKey: Buffer.from(privateKey).toString("hex"),
      // The first few of the range are the device's own and its neighbour's.
      address: `100.90.${17 + (number >> 8)}.${number & 255}`,
    };
  });
}
