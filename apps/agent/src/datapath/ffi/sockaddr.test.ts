import { describe, expect, test } from "vitest";
import { ViaCache } from "../via-cache.ts";
import { decodeSockaddr, encodeSockaddr, sockaddrLength, wildcard } from "./sockaddr.ts";

// As any little-endian Linux lays them out.
const golden = [
  { endpoint: { address: "192.0.2.7", port: 51820 }, hex: "0200ca6cc0000207" + "00".repeat(8) },
  {
    endpoint: { address: "2001:db8::1", port: 443 },
    hex: `0a0001bb00000000${"20010db8000000000000000000000001"}00000000`,
  },
];

describe("a socket address", () => {
  test.each(golden)("of $endpoint.address is laid out as the kernel wants it", ({ endpoint, hex }) => {
    expect(Buffer.from(encodeSockaddr(endpoint)).toString("hex")).toBe(hex);
    expect(decodeSockaddr(Buffer.from(hex, "hex"))).toEqual(endpoint);
  });

  test("is read out of the longer buffer that the kernel wrote it into", () => {
    const buffer = new Uint8Array(128).fill(0xff);
    buffer.set(encodeSockaddr({ address: "::", port: 1 }));
    expect(decodeSockaddr(buffer)).toEqual({ address: "::", port: 1 });
  });

  test("of another family, or cut short, is none", () => {
    expect(decodeSockaddr(Uint8Array.of(1, 0, 0, 0))).toBeUndefined();
    expect(decodeSockaddr(encodeSockaddr({ address: "::1", port: 1 }).subarray(0, 20))).toBeUndefined();
    expect(sockaddrLength(new Uint8Array(0))).toBeUndefined();
  });

  test("for any address has the family's size", () => {
    expect(wildcard(4, 0)).toHaveLength(16);
    expect(wildcard(6, 0)).toHaveLength(28);
  });
});

describe("the cache of senders", () => {
  test("yields one object for one sender, and tells senders apart", () => {
    const cache = new ViaCache(1);
    const a = encodeSockaddr({ address: "192.0.2.7", port: 1 });
    const b = encodeSockaddr({ address: "192.0.2.7", port: 2 });
    const first = cache.get(a);
    expect(first).toEqual({ socket: 1, endpoint: { address: "192.0.2.7", port: 1 } });
    expect(cache.get(b)?.endpoint.port).toBe(2);
    expect(cache.get(a)).toBe(first);
  });

  test("keeps its answers when the receive buffer is reused", () => {
    const cache = new ViaCache(0);
    const buffer = new Uint8Array(128);
    buffer.set(encodeSockaddr({ address: "192.0.2.7", port: 1 }));
    const first = cache.get(buffer);
    buffer.set(encodeSockaddr({ address: "2001:db8::1", port: 2 }));
    expect(cache.get(buffer)?.endpoint.address).toBe("2001:db8::1");
    expect(first?.endpoint.address).toBe("192.0.2.7");
  });

  test("stays bounded under forged senders", () => {
    const cache = new ViaCache(0);
    for (let port = 1; port < 20_000; port++) cache.get(encodeSockaddr({ address: "192.0.2.7", port }));
    expect(cache.get(encodeSockaddr({ address: "192.0.2.7", port: 1 }))?.endpoint.port).toBe(1);
    expect(cache.size).toBeLessThanOrEqual(4_096);
  });
});
