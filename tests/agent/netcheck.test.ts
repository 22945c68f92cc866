// NAT measurement against the dashboard's real STUN server, on two addresses of the loopback.
import { createSocket, type Socket } from "node:dgram";
import { SocketIds } from "@pinhole/path-engine";
import { formatEndpoint, parseAddress, type Prefix, WELL_KNOWN_NAT64_PREFIX } from "@pinhole/protocol";
import type { StunServer } from "@pinhole/stun-server";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newLog } from "../../apps/agent/src/log.ts";
import { NatWatch } from "../../apps/agent/src/netcheck/nat-watch.ts";
import { startStun } from "./dashboard.ts";

let stun: StunServer;
let names: string[];
const closing: (() => void)[] = [];
beforeEach(async () => {
  stun = await startStun();
  const [port = 0] = stun.endpoints.map((endpoint) => endpoint.port);
  names = ["127.0.0.1", "127.0.0.2"].map((address) => formatEndpoint({ address, port }));
});
afterEach(async () => {
  for (const close of closing.splice(0)) close();
  await stun.close();
});

describe("a measurement", () => {
  test("tells that there is no NAT, and what each server saw", async () => {
    const { nat, port, changes } = await watch();
    const { profile, answers } = await nat.measure(names);
    expect(profile).toMatchObject({
      udp: "ok",
      mapping: "none",
      filtering: "endpoint-independent",
      portPreserving: true,
    });
    expect(profile?.publicEndpoints).toEqual([`127.0.0.1:${port}`]);
    expect(answers.filter(({ server }) => names.includes(server)).map(({ observed }) => observed)).toEqual([
      `127.0.0.1:${port}`,
      `127.0.0.1:${port}`,
    ]);
    expect(nat.profile).toEqual(profile);
    expect(changes.length).toBeGreaterThan(0);
  });

  test("offers what was seen as a candidate, unless it is an address of the machine", async () => {
    const { nat, port, own } = await watch();
    await nat.measure(names);
    expect(nat.candidates).toEqual([]);
    own.addresses = ["192.0.2.7"];
    expect(nat.candidates).toEqual([{ kind: "server-reflexive", endpoint: `127.0.0.1:${port}` }]);
    nat.onNetworkChange();
    expect([nat.candidates, nat.profile]).toEqual([[], null]);
  });

  test("says within two seconds that nothing answers, and never rejects", async () => {
    const { nat } = await watch();
    const startedAt = performance.now();
    const { profile } = await nat.measure(["127.0.0.1:9", "no-such-host.invalid:1", "127.0.0.9:9"]);
    expect(profile).toMatchObject({ udp: "blocked", mapping: "unknown", publicEndpoints: [] });
    expect(performance.now() - startedAt).toBeLessThan(2_500);
    expect((await nat.measure([])).profile?.udp).toBe("unknown");
  });

  test("of a network that was left in the meantime does not count", async () => {
    const { nat } = await watch();
    const old = nat.measure(["127.0.0.1:9"]);
    nat.onNetworkChange();
    const { profile } = await nat.measure(names);
    await old;
    expect(nat.profile).toEqual(profile);
    expect(nat.profile?.udp).toBe("ok");
  });

  test("opens sockets of its own and closes them", async () => {
    const { nat, sockets } = await watch();
    const running = nat.measure(names);
    await expect.poll(() => sockets.size).toBeGreaterThan(1);
    await running;
    expect([...sockets.keys()]).toEqual([0]);
  });

  test("is one for all who ask at the same time", async () => {
    const { nat } = await watch();
    const [a, b] = [nat.measure(names), nat.measure(names)];
    expect(await a).toBe(await b);
  });

  test("by a machine without IPv4 neither throws nor says anything of IPv4", async () => {
    const { nat } = await watch("udp6");
    const { profile } = await nat.measure(names);
    expect(profile).toMatchObject({ udp: "unknown", publicEndpoints: [] });
  });

  test("by such a machine asks the servers of IPv4 through the network's NAT64, where it has one", async () => {
    const { nat } = await watch("udp6", WELL_KNOWN_NAT64_PREFIX);
    const { answers } = await nat.measure(names);
    expect(answers.map(({ server }) => server.replace(/:\d+$/, ""))).toEqual([
      "[64:ff9b::7f00:1]",
      "[64:ff9b::7f00:2]",
    ]);
    expect(nat.servers.every(({ address }) => address.startsWith("64:ff9b::"))).toBe(true);
  });

  test("is made again when the router says that there is another NAT behind it", async () => {
    const { nat, own } = await watch();
    own.addresses = ["192.0.2.7"];
    expect((await nat.measure(names)).profile?.levels).toBe("one");
    nat.onRouter();
    expect(nat.profile?.levels).toBe("one");
    own.routerAddress = "192.168.100.2";
    nat.onRouter();
    await expect.poll(() => nat.profile?.levels).toBe("several");
  });

  test("settles when the agent ends in the middle of it", async () => {
    const { nat } = await watch();
    const running = nat.measure(["127.0.0.1:9"]);
    setTimeout(() => nat.close(), 20);
    const startedAt = performance.now();
    await running;
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

/** A NAT watch on sockets of its own, as on the datapath's. */
async function watch(type: "udp4" | "udp6" = "udp4", nat64Prefix?: Prefix) {
  const sockets = new Map<number, Socket>();
  const open = (id: number, onOpen: (port: number) => void): void => {
    const socket = createSocket(type);
    sockets.set(id, socket);
    socket.on("message", (bytes, from) => {
      const address = parseAddress(from.address);
      if (address.ok) nat.onDatagram(id, { address: address.value, port: from.port }, bytes);
    });
    socket.bind(0, type === "udp4" ? "127.0.0.1" : "::1", () => {
      if (sockets.has(id)) onOpen(socket.address().port);
    });
  };
  const port = await new Promise<number>((resolve) => open(0, resolve));
  const own: { addresses: readonly string[]; routerAddress?: string } = {
    addresses: [type === "udp4" ? "127.0.0.1" : "2001:db8::7"],
  };
  const changes: number[] = [];
  const nat = new NatWatch({
    dashboard: "http://127.0.0.1:1/",
    datapath: {
      sockets: [{ id: 0, family: type === "udp4" ? 4 : 6, port }],
      sendDatagram: (id, to, bytes) => sockets.get(id)?.send(bytes, to.port, to.address, () => undefined),
      openSocket: (id) => open(id, (opened) => nat.onSocket(id, opened)),
      closeSocket: (id) => {
        sockets.get(id)?.close();
        sockets.delete(id);
      },
    },
    socketIds: new SocketIds(),
    localAddresses: () => own.addresses,
    routerAddress: () => own.routerAddress,
    findNat64Prefix: async () => nat64Prefix,
    now: () => Date.now(),
    onChange: () => void changes.push(performance.now()),
    onMoved: () => undefined,
    log: newLog(() => undefined, "error", Date.now),
  });
  closing.push(() => {
    nat.close();
    for (const socket of sockets.values()) socket.close();
  });
  return { nat, port, own, changes, sockets };
}
