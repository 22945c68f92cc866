/**
 * Which strangers the NAT lets in (RFC 5780 §4.4): the server is asked to answer from its other port and its other address.
 *
 * From a socket of its own: one that has ever sent to the other address has opened the filter that is to be measured.
 */
import { createSocket } from "node:dgram";
import type { FilteringTest, StunOutcome } from "@pinhole/path-engine";
import { type Endpoint, parseAddress } from "@pinhole/protocol";
import { StunExchange } from "./stun-exchange.ts";

export async function testFiltering(server: Endpoint, other: Endpoint): Promise<FilteringTest> {
  const socket = createSocket(server.address.includes(":") ? "udp6" : "udp4");
  const exchange = new StunExchange((to, bytes) => socket.send(bytes, to.port, to.address, () => undefined));
  socket.on("error", () => undefined); // an answer that cannot come is "silent" soon enough
  socket.on("message", (bytes, from) => {
    const address = parseAddress(from.address);
    if (address.ok) exchange.onDatagram(bytes, { address: address.value, port: from.port });
  });
  try {
    const plain = exchange.ask({ server });
    const port = exchange.ask({
      server,
      change: { request: { address: false, port: true }, answerFrom: { address: server.address, port: other.port } },
    });
    const both = exchange.ask({ server, change: { request: { address: true, port: true }, answerFrom: other } });
    const outcomes = await Promise.all([plain, port, both]);
    // Without the plain answer, silence says nothing of the filter.
    if (outcomes[0].kind !== "observed") return { fromOtherAddressAndPort: undefined, fromOtherPort: undefined };
    return { fromOtherPort: arrived(outcomes[1]), fromOtherAddressAndPort: arrived(outcomes[2]) };
  } finally {
    exchange.close();
    socket.close();
  }
}

const arrived = (outcome: StunOutcome): boolean | undefined =>
  outcome.kind === "refused" ? undefined : outcome.kind === "observed";
