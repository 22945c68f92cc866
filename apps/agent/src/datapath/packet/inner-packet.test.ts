import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InnerPacket } from "./inner-packet.ts";
import { buildPacket, type TestPacket } from "./testing.ts";

const V4 = { source: "100.90.16.1", destination: "100.90.16.2" };
const V6 = { source: "fd12::1", destination: "fd12::2" };
const TCP = { protocol: 6, sourcePort: 50_000, destinationPort: 443, tcpFlags: 0x02 };
const UDP = { protocol: 17, sourcePort: 50_000, destinationPort: 53 };

const packet = new InnerPacket();
const build = (shape: TestPacket): Uint8Array => buildPacket(shape);
const patched = (bytes: Uint8Array, ...patches: readonly (readonly [number, number])[]): Uint8Array => {
  for (const [at, value] of patches) bytes[at] = value;
  return bytes;
};

describe("an honest packet", () => {
  test.each([
    ["TCP over IPv4", { ...V4, ...TCP }, { family: 4, protocol: 6, srcPort: 50_000, dstPort: 443, tcpFlags: 2 }],
    ["UDP over IPv6", { ...V6, ...UDP }, { family: 6, protocol: 17, srcPort: 50_000, dstPort: 53 }],
    ["an echo", { ...V4, protocol: 1, icmpType: 8, sourcePort: 77 }, { icmpType: 8, srcPort: 77, dstPort: 77 }],
    ["an error of ICMP", { ...V4, protocol: 1, icmpType: 3, sourcePort: 77 }, { icmpType: 3, srcPort: 0, dstPort: 0 }],
    ["UDP behind IPv6 options", { ...V6, ...UDP, extensions: [0, 60] }, { protocol: 17, dstPort: 53 }],
    ["another protocol", { ...V4, protocol: 47 }, { protocol: 47, srcPort: 0, dstPort: 0, icmpType: -1 }],
    [
      "a first fragment",
      { ...V4, ...UDP, moreFragments: true, fragmentId: 9 },
      { isFragment: true, isLaterFragment: false, dstPort: 53, fragmentId: 9 },
    ],
    [
      "a later fragment",
      { ...V4, ...UDP, fragmentOffset: 1_256, fragmentId: 9 },
      { isLaterFragment: true, dstPort: 0, fragmentId: 9 },
    ],
    [
      "a later fragment of IPv6",
      { ...V6, ...UDP, fragmentOffset: 1_232, fragmentId: 0x12345678 },
      { isLaterFragment: true, protocol: 17, fragmentId: 0x12345678 },
    ],
    ["an atomic fragment of IPv6", { ...V6, ...UDP, fragmentOffset: 0 }, { isFragment: false, dstPort: 53 }],
  ] as const)("is read: %s", (_, shape, fields) => {
    expect(packet.read(build(shape))).toBeUndefined();
    expect(packet).toMatchObject(fields);
  });

  test("leaves nothing of itself in the next one", () => {
    packet.read(build({ ...V4, ...TCP, moreFragments: true }));
    packet.read(build({ ...V6, protocol: 47 }));
    expect(packet).toMatchObject({
      srcPort: 0,
      dstPort: 0,
      tcpFlags: 0,
      isFragment: false,
      fragmentId: 0,
      icmpType: -1,
    });
  });
});

describe("a packet is refused for", () => {
  test.each([
    ["no bytes", new Uint8Array(0), "bad-version"],
    ["another version", patched(build({ ...V4, ...UDP }), [0, 0x55]), "bad-version"],
    ["a header length below 20", patched(build({ ...V4, ...UDP }), [0, 0x44]), "bad-length"],
    ["a length that is not its own", patched(build({ ...V4, ...UDP }), [3, 20]), "bad-length"],
    ["an IPv6 length that is not its own", patched(build({ ...V6, ...UDP }), [5, 15]), "bad-length"],
    ["IPv4 options", patched(build({ ...V4, ...UDP }), [0, 0x46]), "ip-options"],
    ["an IPv6 routing header", build({ ...V6, ...UDP, extensions: [43] }), "routing-header"],
    ["hop-by-hop options that are not first", build({ ...V6, ...UDP, extensions: [60, 0] }), "bad-extension"],
    ["extension headers without end", build({ ...V6, ...UDP, extensions: Array(9).fill(60) }), "bad-extension"],
    [
      "an extension header longer than the packet",
      patched(build({ ...V6, ...UDP, extensions: [60] }), [41, 200]),
      "bad-extension",
    ],
    ["two fragment headers", build({ ...V6, ...UDP, extensions: [44], moreFragments: true }), "bad-extension"],
    [
      "a later fragment that carries extension headers",
      build({ ...V6, protocol: 60, fragmentOffset: 800 }),
      "bad-extension",
    ],
    ["a fragment over the TCP header (RFC 1858)", build({ ...V4, ...TCP, fragmentOffset: 8 }), "fragment-overlap"],
    ["a fragment over the end of the TCP header", build({ ...V6, ...TCP, fragmentOffset: 16 }), "fragment-overlap"],
    ["a fragment that ends behind 65,535", build({ ...V4, ...UDP, fragmentOffset: 65_528 }), "fragment-overlap"],
    [
      "a TCP header cut short",
      patched(build({ ...V4, protocol: 99, payload: new Uint8Array(19) }), [9, 6]),
      "short-transport",
    ],
    [
      "a TCP header that claims to be shorter than one",
      patched(build({ ...V4, ...TCP }), [32, 0x40]),
      "short-transport",
    ],
    [
      "a UDP header cut short",
      patched(build({ ...V4, protocol: 99, payload: new Uint8Array(7) }), [9, 17]),
      "short-transport",
    ],
    ["ICMP in IPv6", build({ ...V6, protocol: 1 }), "short-transport"],
    ["ICMPv6 in IPv4", build({ ...V4, protocol: 58 }), "short-transport"],
    ["a multicast destination", build({ ...V4, ...UDP, destination: "224.0.0.251" }), "multicast"],
    ["the broadcast destination", build({ ...V4, ...UDP, destination: "255.255.255.255" }), "multicast"],
    ["a multicast source", build({ ...V6, ...UDP, source: "ff02::1" }), "multicast"],
    ["a loopback source", build({ ...V4, ...UDP, source: "127.0.0.1" }), "reserved-address"],
    ["the unspecified source", build({ ...V6, ...UDP, source: "::" }), "reserved-address"],
    ["an IPv6 loopback destination", build({ ...V6, ...UDP, destination: "::1" }), "reserved-address"],
  ])("%s", (_, bytes, reason) => {
    expect(packet.read(bytes)).toBe(reason);
  });

  test("an IPv4 address dressed as IPv6", () => {
    const bytes = build({ ...V6, ...UDP });
    bytes.set([...Array(10).fill(0), 0xff, 0xff, 100, 90, 16, 2], 8);
    expect(packet.read(bytes)).toBe("mapped-address");
  });

  test("any truncation", () => {
    const whole = build({ ...V6, ...TCP, extensions: [60], moreFragments: true });
    for (let length = 0; length < whole.length; length++) {
      expect(packet.read(whole.subarray(0, length)), `${length} bytes`).toBeDefined();
    }
  });
});

test("whatever the bytes, reading ends and stays inside them", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), fc.constantFrom(0x45, 0x60, undefined), (bytes, first) => {
      if (first !== undefined && bytes.length > 5) {
        bytes[0] = first;
        if (first === 0x45) bytes.set([0, bytes.length], 2);
        else bytes.set([0, bytes.length - 40], 4);
      }
      const refusal = packet.read(bytes);
      if (refusal === undefined) expect(packet.transportAt).toBeLessThanOrEqual(bytes.length);
    }),
    { numRuns: 5_000 },
  );
});
