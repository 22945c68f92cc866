/** A STUN server of the simulation: a host that answers as the real one does (RFC 8489, and RFC 5780 with two addresses). */
import { type Endpoint, endpointsEqual } from "@pinhole/protocol/net";
import { answerDatagram, type ListeningSocket } from "@pinhole/stun-server/answer";
import type { LineOptions } from "./attachment.ts";
import type { SimHost } from "./host.ts";
import type { SimNetwork } from "./network.ts";
import type { SimSocket } from "./socket.ts";

const DEFAULT_PORT = 3_478;

export type StunServerOptions = {
  /** One, or two of one family for behaviour discovery; then the next port is used too. */
  readonly addresses: readonly [string] | readonly [string, string];
  readonly port?: number;
  readonly line?: LineOptions;
};

export type SimStunServer = {
  readonly host: SimHost;
  /** Where it listens; the first is the one to ask. */
  readonly endpoints: readonly Endpoint[];
};

export function addStunServer(
  network: SimNetwork,
  { addresses, port = DEFAULT_PORT, line }: StunServerOptions,
): SimStunServer {
  const host = network.addHost({
    name: `stun ${addresses[0]}`,
    interfaces: [{ segment: network.internet, addresses, line }],
  });
  const ports = addresses.length === 2 ? [port, port + 1] : [port];
  const endpoints = addresses.flatMap((address) => ports.map((each): Endpoint => ({ address, port: each })));
  const sockets = endpoints.map((self) => host.openSocket(self));
  for (const [index, self] of endpoints.entries()) {
    const other = endpoints.find(({ address, port: each }) => address !== self.address && each !== self.port);
    listen(
      sockets[index],
      { self, other },
      (from) => sockets[endpoints.findIndex((each) => endpointsEqual(each, from))],
    );
  }
  return { host, endpoints };
}

function listen(
  socket: SimSocket | undefined,
  listening: ListeningSocket,
  senderAt: (from: Endpoint) => SimSocket | undefined,
): void {
  if (socket === undefined) return;
  socket.onDatagram = (source, datagram) => {
    const answer = answerDatagram(datagram, source, listening);
    if (answer !== undefined) senderAt(answer.from)?.send(answer.to, answer.bytes);
  };
}
