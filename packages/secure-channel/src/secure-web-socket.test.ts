import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SecureWebSocket } from "./secure-web-socket.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

// A client that opens connections again by itself is refused like this; a timer that outlived it ended the whole agent.
test("a connection that is refused at once leaves no timer behind", () => {
  const refused = () =>
    new SecureWebSocket("ws://192.0.2.1", {
      expected: { publicKey: new Uint8Array(32) },
      connect: () => {
        throw new Error("there is one connection, and it is over");
      },
    });
  expect(refused).toThrow("there is one connection");
  expect(vi.getTimerCount()).toBe(0);
});
