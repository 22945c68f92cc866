import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import {
  type ChangeRequest,
  decodeStun,
  encodeBindingRequest,
  FULL_RESPONSE_BYTES,
  paddingFor,
} from "@pinhole/protocol/stun";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { type StunServer, type StunServerOptions, startStunServer } from "./stun-server.ts";

const transactionId = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
const log = { info: () => {}, warn: () => {} };

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe("with one address", () => {
  test("tells a client its own endpoint", async () => {
    const server = await start({ addresses: ["127.0.0.1"], port: 0 });
    const client = await udp("127.0.0.3");
    expect(await ask(client, server.endpoints[0]!, padded(undefined))).toMatchObject({
      from: server.endpoints[0],
      message: {
        kind: "binding-success",
        transactionId,
        mapped: { address: "127.0.0.3", port: client.address().port },
      },
    });
    await expect.poll(() => server.counters).toEqual({ answered: 1, limited: 0, ignored: 0, unsent: 0 });
  });

  test("goes on after any datagram", async () => {
    const server = await start({ addresses: ["127.0.0.1"], port: 0, ratePerSecond: 10_000 });
    const client = await udp("127.0.0.3");
    const { port } = server.endpoints[0]!;
    // A few at a time: the kernel drops what does not fit its receive buffer, and this test is about what arrives.
    for (let sent = 50; sent <= 300; sent += 50) {
      for (const noise of fc.sample(fc.uint8Array({ maxLength: 200 }), 50)) client.send(noise, port, "127.0.0.1");
      await expect.poll(() => server.counters.ignored).toBe(sent);
    }
    client.send(new Uint8Array(65_507), port, "127.0.0.1");
    const answer = await ask(client, server.endpoints[0]!, padded(undefined));
    expect(answer.message.kind).toBe("binding-success");
  });

  test("answers one source no faster than its limit, and others all the same", async () => {
    const server = await start({ addresses: ["127.0.0.1"], port: 0, ratePerSecond: 2, now: () => 0 });
    const greedy = await udp("127.0.0.3");
    for (let count = 0; count < 100; count++) {
      greedy.send(padded(undefined), server.endpoints[0]!.port, "127.0.0.1");
    }
    await expect.poll(() => server.counters.limited).toBe(80);
    await expect.poll(() => server.counters.answered).toBe(20);
    const modest = await udp("127.0.0.4");
    expect((await ask(modest, server.endpoints[0]!, padded(undefined))).message.kind).toBe("binding-success");
  });

  // A measurement that is answered in part reads as loss, and a household has one address.
  test("answers a household of ten devices that measure their NAT at once", async () => {
    const server = await start({ addresses: ["127.0.0.1"], port: 0, now: () => 0 });
    const router = await udp("127.0.0.3");
    const requests = 10 * 24;
    // A few at a time: the kernel drops what does not fit its receive buffer.
    for (let sent = 24; sent <= requests; sent += 24) {
      for (let count = 0; count < 24; count++) router.send(padded(undefined), server.endpoints[0]!.port, "127.0.0.1");
      await expect.poll(() => server.counters.answered).toBe(sent);
    }
    expect(server.counters.limited).toBe(0);
  });
});

describe("with two addresses", () => {
  test.each([
    [undefined, "127.0.0.1", 0],
    [{ address: false, port: true }, "127.0.0.1", 1],
    [{ address: true, port: false }, "127.0.0.2", 0],
    [{ address: true, port: true }, "127.0.0.2", 1],
  ] as const)("answers CHANGE-REQUEST %j from %s, port + %d", async (changeRequest, address, portOffset) => {
    const server = await startOnTwo();
    const first = server.endpoints[0]!;
    const client = await udp("127.0.0.3");
    const { from, message } = await ask(client, first, padded(changeRequest));
    const expected = { address, port: first.port + portOffset };
    expect(from).toEqual(expected);
    expect(message).toMatchObject({
      responseOrigin: expected,
      otherAddress: { address: "127.0.0.2", port: first.port + 1 },
    });
  });

  test("listens on all four endpoints, each naming its opposite", async () => {
    const server = await startOnTwo();
    const client = await udp("127.0.0.3");
    expect(server.endpoints).toHaveLength(4);
    const base = server.endpoints[0]!.port;
    for (const endpoint of server.endpoints) {
      const { from, message } = await ask(client, endpoint, padded(undefined));
      const opposite = {
        address: endpoint.address === "127.0.0.1" ? "127.0.0.2" : "127.0.0.1",
        port: 2 * base + 1 - endpoint.port,
      };
      expect(from).toEqual(endpoint);
      expect(message).toMatchObject({ otherAddress: opposite });
    }
  });
});

describe("starting", () => {
  test("listens everywhere when no address is given, and tells IPv6 clients theirs where there is IPv6", async () => {
    const server = await start({ addresses: [], port: 0 });
    const { port } = server.endpoints[0]!;
    expect(server.endpoints[0]!.address).toBe("0.0.0.0");
    const client = await udp("127.0.0.3");
    const answer = await ask(client, { address: "127.0.0.1", port }, padded(undefined));
    expect(answer.message).toMatchObject({ mapped: { address: "127.0.0.3" } });
    if (server.endpoints.length === 1) return;
    const client6 = await udp("::1");
    const answer6 = await ask(client6, { address: "::1", port }, padded(undefined));
    expect(answer6.message).toMatchObject({ mapped: { address: "::1", port: client6.address().port } });
  });

  test("says which program is in the way, and leaves no socket behind", async () => {
    const blocked = await startOnTwo();
    const { port } = blocked.endpoints[3]!;
    // Its own first port is free, its second is taken by the other server.
    await expect(startStunServer({ addresses: ["127.0.0.3", "127.0.0.2"], port, log })).rejects.toThrow(
      `STUN cannot listen on UDP 127.0.0.2:${port}: another program uses it. Stop that program or set PINHOLE_STUN_PORT.`,
    );
    const freed = await start({ addresses: ["127.0.0.3"], port });
    expect(freed.endpoints).toEqual([{ address: "127.0.0.3", port }]);
  });

  test.each([
    [["192.0.2.77"], 0, /this machine does not have the address/],
    [["example.org"], 0, /is not an IP address/],
    [["127.0.0.1", "127.0.0.1"], 3478, /must differ/],
    [["127.0.0.1", "127.0.0.2", "127.0.0.3"], 3478, /at most two/],
    [["127.0.0.1", "127.0.0.2"], 0, /fixed port/],
  ])("refuses addresses %j on port %d", async (addresses, port, message) => {
    await expect(startStunServer({ addresses, port, log })).rejects.toThrow(message);
  });

  test("frees its ports on close", async () => {
    const server = await startStunServer({ addresses: ["127.0.0.1"], port: 0, log });
    await server.close();
    const again = await start({ addresses: ["127.0.0.1"], port: server.endpoints[0]!.port });
    expect(again.endpoints).toEqual(server.endpoints);
  });
});

async function start(options: Omit<StunServerOptions, "log">): Promise<StunServer> {
  const server = await startStunServer({ ...options, log });
  cleanups.push(() => server.close());
  return server;
}

/** Four sockets want the same two ports on two addresses: the kernel cannot pick those, so take the first pair that is free. */
async function startOnTwo(): Promise<StunServer> {
  for (let port = 20_000 + (process.pid % 10_000); ; port += 2) {
    try {
      return await start({ addresses: ["127.0.0.1", "127.0.0.2"], port });
    } catch (error) {
      if (!String(error).includes("another program uses it")) throw error;
    }
  }
}

async function udp(address: string): Promise<Socket> {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4").bind(0, address);
  cleanups.push(() => new Promise((resolve) => socket.close(() => resolve())));
  await once(socket, "listening");
  return socket;
}

function padded(changeRequest: ChangeRequest | undefined): Uint8Array {
  return encodeBindingRequest({
    transactionId,
    changeRequest,
    paddingBytes: paddingFor(FULL_RESPONSE_BYTES[4], changeRequest),
  });
}

async function ask(client: Socket, server: { address: string; port: number }, request: Uint8Array) {
  client.send(request, server.port, server.address);
  const [bytes, { address, port }] = (await once(client, "message")) as [Buffer, RemoteInfo];
  const decoded = decodeStun(bytes);
  if (!decoded.ok) throw new Error(decoded.error);
  return { from: { address, port }, message: decoded.value };
}
