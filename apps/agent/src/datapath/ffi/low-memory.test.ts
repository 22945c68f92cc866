import { describe, expect, test } from "vitest";
import { openPacketMemory } from "../packet/packet-memory.ts";
import { LowMemory } from "./low-memory.ts";
import { loadNative, type Native } from "./native.ts";
import { addressOf, adopt, pin } from "./native-memory.ts";

const LOW_END = 2 ** 31;
const PAGE_BYTES = 65_536;

const loaded = loadNative();

describe.runIf(loaded.ok)("low memory", () => {
  const native = (loaded as { value: Native }).value;
  const copy = native.bind("void *memcpy(uintptr_t to, uintptr_t from, size_t length)");

  test("is handed out in pieces that lie apart, and where their addresses say", () => {
    const low = new LowMemory(native);
    const [first, second] = [low.take(48)!, low.take(100)!];
    expect(second.address % 64).toBe(0);
    expect(second.address).toBeGreaterThanOrEqual(first.address + 48);
    expect(second.address + 100).toBeLessThan(LOW_END);
    new Uint8Array(first.buffer).fill(7);
    copy(second.address, first.address, 48);
    expect(new Uint8Array(second.buffer)).toEqual(Uint8Array.from({ length: 100 }, (_, at) => (at < 48 ? 7 : 0)));
  });

  test("ends, and what is pinned lies elsewhere then", () => {
    const low = new LowMemory(native);
    expect(low.take(2 ** 18 + 1)).toBeUndefined();
    expect(low.take(2 ** 18)).toBeDefined();
    expect(low.take(1)).toBeUndefined();
    const pins = Array.from({ length: 10 }, () => pin(native, PAGE_BYTES));
    for (const [at, { bytes }] of pins.entries()) bytes.fill(at);
    for (const [at, { bytes, address }] of pins.entries()) {
      copy(pins[0]!.address, address, PAGE_BYTES);
      expect(pins[0]!.bytes.every((byte) => byte === at)).toBe(true);
      expect(addressOf(bytes)).toBe(address);
    }
  });

  test("that the system has none of is done without", () => {
    const refusing: Native = {
      ...native,
      bind: ((declaration: string) =>
        declaration.includes("mmap(") ? () => 2n ** 64n - 1n : native.bind(declaration)) as unknown as Native["bind"],
    };
    const low = new LowMemory(refusing);
    expect(low.take(1)).toBeUndefined();
    expect(low.alias(native.addressOf(openPacketMemory().buffer), PAGE_BYTES)).toBeUndefined();
  });

  test("shows the packets' memory, and what WebAssembly does there", () => {
    const memory = openPacketMemory();
    adopt(native, memory);
    const bytes = memory.take(1_024);
    const address = addressOf(bytes)!;
    expect(address).toBeLessThan(LOW_END);
    const source = pin(native, 1_024);
    source.bytes.fill(1);
    copy(address, source.address, 1_024);
    expect(memory.functions?.sum(bytes.byteOffset, 1_024)).toBe((0x0101 * 512) % 0xffff);
    bytes[0] = 9;
    copy(source.address, address, 1);
    expect(source.bytes[0]).toBe(9);
  });
});
