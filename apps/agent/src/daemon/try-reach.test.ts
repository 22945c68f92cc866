import { once } from "node:events";
import { type AddressInfo, createServer, Socket } from "node:net";
import { expect, test } from "vitest";
import { tryReach } from "./try-reach.ts";

test("tells who answers from who listens to nothing", async () => {
  const server = createServer((socket) => socket.end()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  expect(await tryReach({ address: "127.0.0.1", port, timeoutMs: 5_000 })).toMatchObject({ outcome: "connected" });
  server.close();
  await once(server, "close");
  expect(await tryReach({ address: "127.0.0.1", port, timeoutMs: 5_000 })).toMatchObject({ outcome: "refused" });
});

test("gives up after its time where nothing comes back", async () => {
  const connecting = new Socket();
  const found = await tryReach({ address: "100.64.0.9", port: 22, timeoutMs: 50 }, () => connecting);
  expect(found.outcome).toBe("silent");
  expect(found.ms).toBeGreaterThanOrEqual(49);
  expect(connecting.destroyed).toBe(true);
});
