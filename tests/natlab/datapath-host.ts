/**
 * One datapath on a host of the lab, told what to do by lines of JSON on standard input, and
 * saying what happens on standard output. Two of them on one machine reach each other's relay
 * side over a unix socket, which no namespace stands in the way of.
 */
import { connect, createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { type DeviceId, type Endpoint, toBase64Url } from "@pinhole/protocol";
import { publicKeyOf } from "@pinhole/wireguard";
import {
  type DatapathConfig,
  openDatapath,
  type Route,
  type SendOptions,
} from "../../apps/agent/src/datapath/datapath.ts";

export type Command =
  | { readonly do: "configure"; readonly config: DatapathConfig }
  | { readonly do: "route"; readonly peerId: DeviceId; readonly route: Route }
  | { readonly do: "ping"; readonly peerId: DeviceId; readonly seq: number; readonly timeoutMs: number }
  | { readonly do: "path-mtu"; readonly peerId: DeviceId; readonly bytes: number }
  | { readonly do: "open-socket"; readonly id: number; readonly family: 4 | 6 }
  | {
      readonly do: "datagram";
      readonly socket: number;
      readonly to: Endpoint;
      readonly hex: string;
      readonly options?: SendOptions;
    }
  | { readonly do: "stats" }
  | { readonly do: "close" };

export type Event =
  | { readonly is: "open"; readonly nodeKey: string; readonly ports: readonly number[]; readonly how: string }
  | { readonly is: "refused"; readonly code: string; readonly words: string }
  | { readonly is: "pong"; readonly seq: number; readonly reply: unknown }
  | {
      readonly is: "stats";
      readonly peers: Record<string, unknown>;
      readonly dropped: Readonly<Record<string, number>>;
      readonly rssBytes: number;
      readonly cpuMs: number;
    }
  | { readonly is: "datagram"; readonly socket: number; readonly from: Endpoint; readonly hex: string }
  | { readonly is: "socket"; readonly id: number; readonly port: number | null }
  | { readonly is: "traffic" | "data-received" | "timestamps"; readonly about: unknown }
  | { readonly is: "error"; readonly code: string; readonly words: string };

const { values } = parseArgs({
  options: {
    key: { type: "string", default: "" },
    tun: { type: "string" },
    port: { type: "string", default: "0" },
    portable: { type: "boolean", default: false },
    /** Not a word about traffic: to write it down would cost as much as the traffic does. */
    quiet: { type: "boolean", default: false },
    /** Who is at the other end of the relay, and where: one of the two listens. */
    peer: { type: "string", default: "" },
    listen: { type: "string" },
    connect: { type: "string" },
  },
});

const say = (event: Event): void => void process.stdout.write(`${JSON.stringify(event)}\n`);
const peerId = values.peer as DeviceId;
const nodePrivateKey = Buffer.from(values.key, "hex");
let relay: Socket | undefined;

const opened = await openDatapath({
  nodePrivateKey,
  port: Number(values.port),
  tun: values.tun === undefined ? null : { name: values.tun },
  isPortable: values.portable,
  timestamps: [],
  events: {
    onDatagram: (socket, from, bytes) => say({ is: "datagram", socket, from, hex: Buffer.from(bytes).toString("hex") }),
    onRelayOutput: (_, bytes) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      relay?.write(Buffer.concat([length, bytes]));
    },
    onTraffic: (about) => values.quiet || say({ is: "traffic", about }),
    onDataReceived: (_, about) => values.quiet || say({ is: "data-received", about }),
    onTimestamps: (about) => say({ is: "timestamps", about }),
    onSocket: (id, port) => say({ is: "socket", id, port }),
    onError: (code, words) => say({ is: "error", code, words }),
  },
});
if (!opened.ok) {
  say({ is: "refused", ...opened.error });
  process.exit(1);
}
const datapath = opened.value;

if (values.listen !== undefined) createServer(useRelay).listen(values.listen);
if (values.connect !== undefined) useRelay(connect(values.connect));
createInterface({ input: process.stdin }).on("line", (line) => void obey(JSON.parse(line) as Command));
say({
  is: "open",
  nodeKey: toBase64Url(publicKeyOf(nodePrivateKey)),
  ports: datapath.sockets.map(({ port }) => port),
  how: datapath.description,
});

async function obey(command: Command): Promise<void> {
  switch (command.do) {
    case "configure":
      return datapath.configure(command.config);
    case "route":
      return datapath.setRoute(command.peerId, command.route);
    case "path-mtu":
      return datapath.setPathMtu(command.peerId, command.bytes);
    case "open-socket":
      return datapath.openSocket(command.id, command.family);
    case "datagram":
      return datapath.sendDatagram(command.socket, command.to, Buffer.from(command.hex, "hex"), command.options);
    case "ping": {
      const reply = await datapath.ping(command.peerId, command.seq, command.timeoutMs);
      return say({ is: "pong", seq: command.seq, reply });
    }
    case "stats": {
      const { peers, dropped } = datapath.stats();
      const { user, system } = process.cpuUsage();
      const { rss } = process.memoryUsage();
      return say({
        is: "stats",
        peers: Object.fromEntries(peers),
        dropped,
        rssBytes: rss,
        cpuMs: (user + system) / 1_000,
      });
    }
    case "close":
      await datapath.close();
      process.exit(0);
  }
}

function useRelay(socket: Socket): void {
  relay = socket;
  let waiting = Buffer.alloc(0);
  socket.on("error", () => undefined);
  socket.on("data", (chunk) => {
    waiting = Buffer.concat([waiting, chunk]);
    while (waiting.length >= 4 && waiting.length >= 4 + waiting.readUInt32BE(0)) {
      const end = 4 + waiting.readUInt32BE(0);
      datapath.relayInput(peerId, waiting.subarray(4, end));
      waiting = waiting.subarray(end);
    }
  });
}
