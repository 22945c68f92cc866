import { generateKeyPairSync } from "node:crypto";
import { expect, test, vi } from "vitest";
import { Relay } from "./relay.ts";

// What was refused may stay and send more: as long as it does, it is a stranger like any other.
test("a relay hangs up on who was refused and does not, and counts it until then", async () => {
  const { publicKey } = generateKeyPairSync("ed25519");
  const relay = new Relay({ publicKey, now: Date.now, isRevoked: () => false });
  const held = Array.from({ length: 512 }, () => new Refused());
  for (const socket of held) relay.accept(socket, "192.0.2.1");
  for (const socket of held) socket.receive(Uint8Array.of(0xff));
  const next = new Refused();
  relay.accept(next, "192.0.2.1");
  expect(next.isTerminated).toBe(true);
  await expect.poll(() => held.every(({ isTerminated }) => isTerminated), { timeout: 10_000 }).toBe(true);
  const later = new Refused();
  relay.accept(later, "192.0.2.1");
  expect(later.isTerminated).toBe(false);
  relay.close();
}, 20_000);

test("a relay hangs up on who takes his time to say who he is", () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  const { publicKey } = generateKeyPairSync("ed25519");
  const relay = new Relay({ publicKey, now: Date.now, isRevoked: () => false });
  const silent = new Refused();
  relay.accept(silent, "192.0.2.1");
  vi.advanceTimersByTime(9_999);
  expect(silent.isTerminated).toBe(false);
  vi.advanceTimersByTime(6_000);
  expect(silent.isTerminated).toBe(true);
  relay.close();
  vi.useRealTimers();
});

/** A client that does not answer a close frame. */
class Refused {
  readonly bufferedAmount = 0;
  isTerminated = false;
  readonly #listeners = new Map<string, (data: unknown, isBinary: boolean) => void>();

  on(event: string, listener: (...data: never[]) => void): void {
    this.#listeners.set(event, listener as (data: unknown, isBinary: boolean) => void);
  }

  receive(bytes: Uint8Array): void {
    this.#listeners.get("message")?.(bytes, true);
  }

  send(): void {}

  close(): void {}

  terminate(): void {
    if (this.isTerminated) return;
    this.isTerminated = true;
    this.#listeners.get("close")?.(undefined, false);
  }
}
