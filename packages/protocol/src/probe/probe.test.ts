import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeEnvelope, encodeEnvelopeHeader, PROBE_MAX_BLOCKS } from "./envelope.ts";
import { decodeProbeMessage } from "./message.ts";
import { encodeNote } from "./note.ts";
import { decodePing, encodePing } from "./ping.ts";
import { decodePong, encodePong } from "./pong.ts";

const txId = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

// A promise to agents in the field: whoever has to change one of these bytes changes the protocol's version.
const PING_HEX = `01 01 02 03 04 05 06 07 08${" 00".repeat(23)}`;
const pongs = [
  {
    name: "IPv4",
    observed: { address: "192.0.2.7", port: 51820 },
    hex: `02 01 02 03 04 05 06 07 08 04 c0 00 02 07${" 00".repeat(12)} ca 6c 00 00 00 00`,
  },
  {
    name: "IPv6",
    observed: { address: "2001:db8::1", port: 443 },
    hex: "02 01 02 03 04 05 06 07 08 06 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 01 bb 00 00 00 00",
  },
];

describe("a ping on the wire", () => {
  test("is one block of these bytes", () => {
    expect(toHex(encodePing({ txId }))).toBe(PING_HEX);
    expect(decodePing(fromHex(PING_HEX))).toEqual({ ok: true, value: { kind: "ping", txId } });
  });

  test("may be padded to whole blocks, to ask about packet sizes", () => {
    const long = encodePing({ txId }, PROBE_MAX_BLOCKS);
    expect(long).toHaveLength(1440);
    expect(decodeProbeMessage(long)).toEqual({ ok: true, value: { kind: "ping", txId } });
    expect(() => encodePing({ txId }, PROBE_MAX_BLOCKS + 1)).toThrow(RangeError);
  });

  test("ignores what a newer version put into the padding", () => {
    expect(decodePing(fromHex(PING_HEX).fill(0xaa, 9))).toEqual({ ok: true, value: { kind: "ping", txId } });
  });
});

describe("a pong on the wire", () => {
  test.each(pongs)("with an $name endpoint is these bytes", ({ observed, hex }) => {
    expect(toHex(encodePong({ txId, observed }))).toBe(hex);
    expect(decodePong(fromHex(hex))).toEqual({ ok: true, value: { kind: "pong", txId, observed } });
  });

  test("is exactly as long as the shortest ping", () => {
    for (const { observed } of pongs) expect(encodePong({ txId, observed })).toHaveLength(encodePing({ txId }).length);
  });

  test("of an unknown family is refused", () => {
    expect(decodePong(fromHex(pongs[0]!.hex).fill(9, 9, 10))).toEqual({ ok: false, error: "unknown-family" });
  });

  // Sockets hand out the same buffer again for the next datagram.
  test("keeps its fields when the receive buffer is reused", () => {
    const buffer = fromHex(pongs[0]!.hex);
    const decoded = decodePong(buffer);
    buffer.fill(0);
    expect(decoded).toEqual({ ok: true, value: { kind: "pong", txId, observed: pongs[0]!.observed } });
  });
});

describe("a note on the wire", () => {
  const attempt = Uint8Array.from({ length: 16 }, (_, at) => at);
  const entries = [{ endpoint: { address: "192.0.2.7", port: 51_820 }, port: 2_048 }];
  const hex = `03 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 03 01 04 c0 00 02 07${" 00".repeat(12)} ca 6c 08 00${" 00".repeat(24)}`;

  test("is these bytes, in whole blocks", () => {
    expect(toHex(encodeNote({ attempt, topic: "openings", entries }))).toBe(hex);
    expect(decodeProbeMessage(fromHex(hex))).toEqual({
      ok: true,
      value: { kind: "note", attempt, topic: "openings", entries },
    });
  });

  test("is refused with an unknown topic, too many entries, or cut short", () => {
    expect(decodeProbeMessage(fromHex(hex).fill(9, 17, 18))).toEqual({ ok: false, error: "unknown-note" });
    expect(decodeProbeMessage(fromHex(hex).fill(17, 18, 19))).toEqual({ ok: false, error: "unknown-note" });
    expect(decodeProbeMessage(fromHex(hex).subarray(0, 32))).toEqual({ ok: false, error: "short" });
    expect(() => encodeNote({ attempt, topic: "endpoints", entries: Array(17).fill(entries[0]) })).toThrow(RangeError);
  });
});

describe("a message", () => {
  test.each([PING_HEX, ...pongs.map(({ hex }) => hex)])("is refused in every truncation, without throwing", (hex) => {
    const whole = fromHex(hex);
    for (let length = 0; length < whole.length; length++) {
      expect(decodeProbeMessage(whole.subarray(0, length)).ok, `${length} bytes`).toBe(false);
    }
  });

  test("of an unknown type is refused", () => {
    expect(decodeProbeMessage(new Uint8Array(32).fill(9))).toEqual({ ok: false, error: "unknown-type" });
  });

  test("never throws on arbitrary bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        decodeProbeMessage(bytes);
        decodePing(bytes);
        decodePong(bytes);
      }),
    );
  });
});

describe("the envelope", () => {
  const header = "04 00 00 00 78 56 34 12 08 07 06 05 04 03 02 01";
  const index = 0x1234_5678;
  const counter = 0x0102_0304_0506_0708n;

  test("is WireGuard's transport data header, little-endian", () => {
    expect(toHex(encodeEnvelopeHeader({ index, counter }))).toBe(header);
  });

  test("gives back index, counter and what is sealed", () => {
    const sealed = new Uint8Array(48).fill(7);
    const decoded = decodeEnvelope(Uint8Array.of(...fromHex(header), ...sealed));
    expect(decoded).toEqual({ ok: true, value: { index, counter, sealed } });
  });

  test.each([
    ["a WireGuard keepalive", 0],
    ["a length that is no whole number of blocks", 40],
    ["more than an Ethernet frame", 32 * (PROBE_MAX_BLOCKS + 1)],
  ])("refuses %s", (_, plain) => {
    expect(decodeEnvelope(Uint8Array.of(...fromHex(header), ...new Uint8Array(plain + 16))).ok).toBe(false);
  });

  test.each([0, 1, 2, 3])("refuses a wrong byte at %d", (at) => {
    const bytes = Uint8Array.of(...fromHex(header), ...new Uint8Array(48));
    bytes[at]! ^= 1;
    expect(decodeEnvelope(bytes)).toEqual({ ok: false, error: "not-a-probe" });
  });

  test("refuses every truncation, and never throws on arbitrary bytes", () => {
    const whole = Uint8Array.of(...fromHex(header), ...new Uint8Array(48));
    for (let length = 0; length < whole.length; length++) {
      expect(decodeEnvelope(whole.subarray(0, length)).ok).toBe(false);
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 128 }), (bytes) => void decodeEnvelope(bytes)));
  });
});

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.split(" "), (pair) => Number.parseInt(pair, 16));
}
