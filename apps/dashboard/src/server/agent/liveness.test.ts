import { once } from "node:events";
import { StrangerSlots } from "@pinhole/relay";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { has, TestServer } from "./testing.ts";

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
  // Timers keep running, and a test may run ahead of them.
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"], shouldAdvanceTime: true });
});
afterEach(async () => {
  vi.useRealTimers();
  await server[Symbol.asyncDispose]();
});

test("a device that answers nothing any more is offline within half a minute, one that answers is not", async () => {
  const [live, dead] = [server.newAgent(), server.newAgent()];
  const client = live.follow();
  dead.follow();
  await has(live, "relay-ticket");
  await has(dead, "relay-ticket");
  dead.raw?.pause();
  for (let elapsed = 0; elapsed < 60_000; elapsed += 5_000) {
    vi.advanceTimersByTime(5_000);
    // Any answer shows that what was sent before it has arrived.
    await client.time.query();
  }
  await expect.poll(() => server.hub.isOnline(dead.id)).toBe(false);
  expect(server.hub.isOnline(live.id)).toBe(true);
  await expect.poll(() => live.of("presence").at(-1)?.offline).toEqual([dead.id]);
});

test("whoever does not say who it is has half a minute", async () => {
  const [device, stranger] = [server.newAgent(), server.agentFor(null)];
  const [deviceClient, strangerClient] = [device.connect(), stranger.connect()];
  for (let elapsed = 0; elapsed < 25_000; elapsed += 5_000) {
    await expect(strangerClient.time.query()).rejects.toThrow("not-authenticated");
    await deviceClient.time.query();
    vi.advanceTimersByTime(5_000);
  }
  expect(stranger.raw?.readyState).toBe(WebSocket.OPEN);
  vi.advanceTimersByTime(5_001);
  await expect.poll(() => stranger.raw?.readyState).toBe(WebSocket.CLOSED);
  expect(device.raw?.readyState).toBe(WebSocket.OPEN);
});

// One device could otherwise have as many connections as the server has room for.
test("a session that was replaced is gone soon, also when its device does not hang up", async () => {
  const agent = server.newAgent();
  await agent.connect().time.query();
  const first = agent.raw;
  first?.pause();
  expect(server.connections).toBe(1);
  await agent.connect().time.query();
  expect(server.connections).toBe(2);
  vi.advanceTimersByTime(2_001);
  await expect.poll(() => server.connections).toBe(1);
  first?.terminate();
});

test("a connection that does not begin the channel is dropped", async () => {
  const socket = new WebSocket(server.url, { perMessageDeflate: false });
  await once(socket, "open");
  const closed = once(socket, "close");
  socket.send(JSON.stringify({ id: 1, method: "query", params: { path: "time" } }));
  const [code] = await closed;
  expect(code).toBe(1006);
});

test("slots for strangers are counted altogether and by address, and come back once", () => {
  const slots = new StrangerSlots({ total: 3, perAddress: 2 });
  const leave = slots.enter("a");
  expect([slots.enter("a") !== undefined, slots.enter("a"), slots.enter("b") !== undefined, slots.enter("c")]).toEqual([
    true,
    undefined,
    true,
    undefined,
  ]);
  leave?.();
  leave?.();
  expect(slots.enter("c")).toBeDefined();
  expect(slots.enter("d")).toBeUndefined();
});

test("all addresses of one IPv6 network share their slots: one machine has as many as it likes", () => {
  const slots = new StrangerSlots({ total: 10, perAddress: 1 });
  const entered = ["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"].map(
    (address) => slots.enter(address) !== undefined,
  );
  expect(entered).toEqual([true, false, true]);
});
