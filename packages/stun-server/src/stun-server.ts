/**
 * The STUN server: UDP sockets around {@link answerDatagram}.
 *
 * With two addresses of one family it listens on `port` and `port + 1` of both, which is what an agent needs to
 * tell the behaviour of its NAT (RFC 5780). With fewer it tells an agent its public endpoint, and nothing more.
 *
 * No datagram stops it: what is no Binding request is counted and dropped.
 */
import { createSocket, type Socket } from "node:dgram";
import { addressFamily, type Endpoint, endpointsEqual, formatEndpoint, parseAddress } from "@pinhole/protocol";
import { answerDatagram, type ListeningSocket } from "./answer.ts";
import { RateLimit } from "./rate-limit.ts";

/**
 * Requests a second from one source. An agent that measures its NAT sends up to 24 within some 150 ms, the same every ten
 * minutes, and one each 15 to 20 s in between; attempts of its own ask a few dozen at most.
 */
const DEFAULT_RATE_PER_SECOND = 50;
/** An office of twenty devices behind one address comes up at once after a power cut. */
const BURST_SECONDS = 10;

export type StunServerLog = {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
};

type StunSettings = { readonly addresses: string; readonly port: string };

const DASHBOARD_SETTINGS: StunSettings = { addresses: "PINHOLE_STUN_ADDRESSES", port: "PINHOLE_STUN_PORT" };

export type StunServerOptions = {
  /** Local addresses to listen on: none for all of them, two of one family for behaviour discovery. */
  readonly addresses: readonly string[];
  /** With two addresses, `port + 1` is used too. 0 takes any free port, where one address or none is given. */
  readonly port: number;
  readonly log: StunServerLog;
  /**
   * What the operator sets addresses and port by, for messages.
   * @default those of the dashboard's environment
   */
  readonly settings?: StunSettings;
  readonly ratePerSecond?: number;
  /** Of the source, for the answers that have room for it. */
  readonly prove?: ((source: Endpoint) => Uint8Array) | undefined;
  /** Milliseconds on a monotonic clock. */
  readonly now?: () => number;
};

export type StunCounters = { answered: number; limited: number; ignored: number; unsent: number };

export type StunServer = {
  readonly endpoints: readonly Endpoint[];
  readonly counters: Readonly<StunCounters>;
  close(): Promise<void>;
};

type Opened = { readonly endpoint: Endpoint; readonly socket: Socket };

/** @throws Error that says what to do, where a socket cannot be opened. */
export async function startStunServer(options: StunServerOptions): Promise<StunServer> {
  const { log, ratePerSecond = DEFAULT_RATE_PER_SECOND, now = () => performance.now(), prove } = options;
  const opened = await openAll(options);
  const limit = new RateLimit({ ratePerSecond, burst: ratePerSecond * BURST_SECONDS });
  const counters: StunCounters = { answered: 0, limited: 0, ignored: 0, unsent: 0 };

  for (const { endpoint, socket } of opened) {
    const listening: ListeningSocket = { self: endpoint, other: otherOf(endpoint, opened), prove };
    socket.on("error", (error) =>
      log.warn({ endpoint: formatEndpoint(endpoint), error: error.message }, "stun socket failed"),
    );
    socket.on("message", (datagram, { address, port }) => {
      const source = parseAddress(address);
      // Port 0 cannot be answered; a link-local source comes with a zone, which no endpoint has.
      if (!source.ok || port === 0) {
        counters.ignored++;
        return;
      }
      if (!limit.allows(source.value, now())) {
        counters.limited++;
        return;
      }
      const answer = answerDatagram(datagram, { address: source.value, port }, listening);
      if (answer === undefined) {
        counters.ignored++;
        return;
      }
      const sender = opened.find((candidate) => endpointsEqual(candidate.endpoint, answer.from))?.socket ?? socket;
      sender.send(answer.bytes, answer.to.port, address, (error) => {
        if (error === null) counters.answered++;
        else counters.unsent++;
      });
    });
  }

  const endpoints = opened.map(({ endpoint }) => endpoint);
  log.info({ endpoints: endpoints.map(formatEndpoint) }, "stun server listens");
  return { endpoints, counters, close: () => closeAll(opened) };
}

async function openAll(options: StunServerOptions): Promise<readonly Opened[]> {
  const { addresses, port, log, settings = DASHBOARD_SETTINGS } = options;
  if (addresses.length === 0) return openEverywhere(port, { log, settings });
  const canonical = addresses.map((text) => toCanonical(text, settings));
  const [first, second, ...more] = canonical;
  if (more.length > 0 || first === second)
    throw new Error("STUN listens on at most two addresses, and they must differ");
  const discovers = first !== undefined && second !== undefined && addressFamily(first) === addressFamily(second);
  if (discovers && port === 0) throw new Error("STUN needs a fixed port to listen on two addresses");
  const ports = discovers ? [port, port + 1] : [port];

  const opened: Opened[] = [];
  try {
    for (const address of canonical) {
      for (const each of ports) opened.push(await open({ address, port: each }, settings));
    }
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
  return opened;
}

/** Every IPv4 address, and every IPv6 address where the machine has IPv6. */
async function openEverywhere(
  port: number,
  { log, settings }: { readonly log: StunServerLog; readonly settings: StunSettings },
): Promise<readonly Opened[]> {
  const v4 = await open({ address: "0.0.0.0", port }, settings);
  try {
    return [v4, await open({ address: "::", port: v4.endpoint.port }, settings)];
  } catch (error) {
    log.warn({ error: error instanceof Error ? error.message : String(error) }, "stun server goes without IPv6");
    return [v4];
  }
}

function open({ address, port }: Endpoint, settings: StunSettings): Promise<Opened> {
  const socket = addressFamily(address) === 4 ? createSocket("udp4") : createSocket({ type: "udp6", ipv6Only: true });
  return new Promise((resolve, reject) => {
    socket.once("error", (error: NodeJS.ErrnoException) => {
      socket.close();
      reject(new Error(explain(`UDP ${formatEndpoint({ address, port })}`, error, settings), { cause: error }));
    });
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeAllListeners("error");
      resolve({ endpoint: { address, port: socket.address().port }, socket });
    });
  });
}

function explain(where: string, error: NodeJS.ErrnoException, { addresses, port }: StunSettings): string {
  switch (error.code) {
    case "EADDRINUSE":
      return `STUN cannot listen on ${where}: another program uses it. Stop that program or set ${port}.`;
    case "EADDRNOTAVAIL":
      return `STUN cannot listen on ${where}: this machine does not have the address. Correct ${addresses}.`;
    case "EACCES":
      return `STUN cannot listen on ${where}: not permitted. Set ${port} to 1024 or higher.`;
    default:
      return `STUN cannot listen on ${where}: ${error.message}`;
  }
}

function toCanonical(text: string, { addresses }: StunSettings): string {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new Error(`${JSON.stringify(text)} in ${addresses} is not an IP address`);
  return parsed.value;
}

function otherOf(self: Endpoint, opened: readonly Opened[]): Endpoint | undefined {
  return opened
    .map(({ endpoint }) => endpoint)
    .find(
      ({ address, port }) =>
        addressFamily(address) === addressFamily(self.address) && address !== self.address && port !== self.port,
    );
}

async function closeAll(opened: readonly Opened[]): Promise<void> {
  await Promise.all(opened.map(({ socket }) => new Promise<void>((resolve) => socket.close(() => resolve()))));
}
