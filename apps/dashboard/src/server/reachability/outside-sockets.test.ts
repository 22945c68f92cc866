import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect, test } from "vitest";
import { OutsideSockets } from "./outside-sockets.ts";

test("sends from the last address of the family, and always from the same port", async () => {
  const receiver = createSocket("udp4").bind(0, "127.0.0.1");
  await once(receiver, "listening");
  const to = { address: "127.0.0.1", port: receiver.address().port };
  const outside = new OutsideSockets(["127.0.0.1", "127.0.0.2"]);
  try {
    const ports = new Set<number>();
    for (let i = 0; i < 2; i++) {
      const arrived = once(receiver, "message");
      expect(await outside.send(to, Uint8Array.of(i))).toBe(true);
      const [bytes, from] = await arrived;
      expect([...bytes]).toEqual([i]);
      expect(from.address).toBe("127.0.0.2");
      ports.add(from.port);
    }
    expect(ports.size).toBe(1);
  } finally {
    outside.close();
    receiver.close();
  }
});

test("says what cannot leave, also after it was closed", async () => {
  const outside = new OutsideSockets([]);
  // Broadcast without asking for it is refused by the kernel.
  expect(await outside.send({ address: "255.255.255.255", port: 9 }, Uint8Array.of(1))).toBe(false);
  outside.close();
  expect(await outside.send({ address: "127.0.0.1", port: 9 }, Uint8Array.of(1))).toBe(false);
});

test("says that nothing leaves from an address that is not this machine's", async () => {
  const outside = new OutsideSockets(["192.0.2.77"]);
  expect(await outside.send({ address: "127.0.0.1", port: 9 }, Uint8Array.of(1))).toBe(false);
  outside.close();
});
