// Inside the channel, from somebody who has not said who he is: a thrown error would end the process with every session in it.
import fc from "fast-check";
import { SecureWebSocket } from "@pinhole/secure-channel";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { TestServer } from "./testing.ts";

const ENVELOPES = [
  "",
  "PING",
  "{",
  "null",
  "0",
  "[]",
  "[[]]",
  "{}",
  '{"id":1}',
  '{"id":null,"method":"query","params":{"path":"time"}}',
  '{"method":"query","params":{"path":"time"}}',
  '{"id":{},"method":"query","params":{"path":"time"}}',
  '{"id":1,"method":"query"}',
  '{"id":1,"method":"query","params":null}',
  '{"id":1,"method":"query","params":{"path":"__proto__"}}',
  '{"id":1,"method":"query","params":{"path":"constructor.constructor"}}',
  '{"id":1,"method":"query","params":{"path":{}}}',
  '{"id":1,"method":"subscription","params":{"path":"events","lastEventId":{}}}',
  '{"id":1,"method":"subscription","params":{"path":"time"}}',
  '{"id":1,"method":"subscription.stop"}',
  '{"id":"__proto__","method":"subscription.stop"}',
  '{"id":1,"method":"mutation","params":{"path":"enroll","input":{"__proto__":{"token":1}}}}',
  `{"id":1,"method":"mutation","params":{"path":"enroll","input":${"[".repeat(2_000)}${"]".repeat(2_000)}}}`,
  `[${Array.from({ length: 200 }, () => '{"id":1,"method":"query","params":{"path":"time"}}').join()}]`,
];

test.each(["", "?connectionParams=1"])("what a stranger sends to %j costs nobody else anything", async (query) => {
  await using server = await TestServer.start();
  const say = async (text: string): Promise<void> => {
    const socket = new SecureWebSocket(server.url + query, {
      connect: (url) => new WebSocket(url, { perMessageDeflate: false }),
      expected: { fingerprint: server.keys.fingerprint },
    });
    await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
    socket.send(text);
    socket.send(text);
    await new Promise(setImmediate);
    socket.close();
  };
  for (const text of ENVELOPES) await say(text);
  for (const text of fc.sample(fc.json(), { numRuns: 30, seed: 1 })) await say(text);
  const device = server.newAgent();
  await expect(device.connect().time.query()).resolves.toMatchObject({ serverNow: expect.any(Number) });
  expect(server.hub.onlineDeviceIds(server.team.id).size).toBe(0);
});
