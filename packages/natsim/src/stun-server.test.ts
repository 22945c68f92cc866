import {
  type ChangeRequest,
  decodeStun,
  encodeBindingRequest,
  FULL_RESPONSE_BYTES,
  paddingFor,
} from "@pinhole/protocol/stun";
import { describe, expect, test } from "vitest";
import type { NatOptions } from "./nat/options.ts";
import { NAT_CLASSES } from "./nat/presets.ts";
import { SimNetwork } from "./network.ts";
import { addStunServer } from "./stun-server.ts";

const ADDRESSES = ["198.51.100.1", "198.51.100.2"] as const;

describe("a STUN server", () => {
  test("tells the public endpoint that it sees", () => {
    const { ask } = newHome(NAT_CLASSES.E3);
    expect(ask(0)).toMatchObject({ mapped: { address: "203.0.113.1", port: 5_000 } });
  });

  test("with two addresses has four endpoints, each naming the one that differs in both", () => {
    const { server, ask } = newHome(NAT_CLASSES.E1);
    expect(server.endpoints.map(({ address, port }) => `${address}:${port}`)).toEqual([
      "198.51.100.1:3478",
      "198.51.100.1:3479",
      "198.51.100.2:3478",
      "198.51.100.2:3479",
    ]);
    expect(ask(0)).toMatchObject({ responseOrigin: server.endpoints[0], otherAddress: server.endpoints[3] });
    expect(ask(2)).toMatchObject({ responseOrigin: server.endpoints[2], otherAddress: server.endpoints[1] });
  });

  test.each([
    ["E1", [true, true, true]],
    ["E2", [false, true, false]],
    ["E3", [false, false, false]],
  ] as const)("shows the filter of %s by answering from elsewhere: %j", (name, expected) => {
    const changes: ChangeRequest[] = [
      { address: true, port: true },
      { address: false, port: true },
      { address: true, port: false },
    ];
    expect(changes.map((change) => newHome(NAT_CLASSES[name]).ask(0, change) !== undefined)).toEqual(expected);
  });

  test("shows the mapping of A2 and R by the endpoints that its own see", () => {
    const seen = (nat: NatOptions): unknown[] => {
      const { ask } = newHome(nat);
      return [0, 1, 2].map((at) => ask(at)?.mapped.port);
    };
    const [a, b, c] = seen(NAT_CLASSES.A2);
    expect([a === b, a === c]).toEqual([true, false]);
    expect(new Set(seen(NAT_CLASSES.R)).size).toBe(3);
  });

  test("with one address has one endpoint, and cannot answer from another", () => {
    const network = new SimNetwork();
    const { endpoints } = addStunServer(network, { addresses: ["198.51.100.1"], port: 19_302 });
    expect(endpoints).toEqual([{ address: "198.51.100.1", port: 19_302 }]);
  });
});

function newHome(nat: NatOptions) {
  const network = new SimNetwork();
  const server = addStunServer(network, { addresses: ADDRESSES, line: { delayMs: 10 } });
  const router = network.addRouter({ name: "home", v4: { nat, addresses: ["203.0.113.1"] } });
  const host = network.addHost({ name: "host", interfaces: [{ segment: router.lan, addresses: ["192.168.1.2"] }] });
  const answers: Uint8Array[] = [];
  const socket = host.openSocket({ port: 5_000, onDatagram: (_, bytes) => answers.push(bytes) });
  const ask = (at: number, changeRequest?: ChangeRequest) => {
    answers.length = 0;
    const transactionId = network.random.bytes(12);
    const paddingBytes = paddingFor(FULL_RESPONSE_BYTES[4], changeRequest);
    socket.send(server.endpoints[at]!, encodeBindingRequest({ transactionId, changeRequest, paddingBytes }));
    network.time.run(100);
    const decoded = answers[0] && decodeStun(answers[0]);
    return decoded?.ok && decoded.value.kind === "binding-success" ? decoded.value : undefined;
  };
  return { network, server, ask };
}
