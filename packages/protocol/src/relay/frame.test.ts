import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deviceIdFromBytes } from "../ids.ts";
import { decodeRelayFrame, encodeRelayFrame, MAX_RELAY_FRAME, MAX_RELAY_PAYLOAD, type RelayFrame } from "./frame.ts";
import { RELAY_REFUSALS, relayRefusalOf } from "./refusal.ts";
import { isSealedPacket } from "./sealed-packet.ts";
import { relayHelloSignatureInput } from "./signature-input.ts";

const deviceId = deviceIdFromBytes(Uint8Array.from({ length: 16 }, (_, i) => 0xa0 + i));

// Agents in the field speak these bytes: if one of the strings has to change, the relay's path has to change with it.
const golden: { frame: RelayFrame; hex: string }[] = [
  { frame: { kind: "challenge", nonce: new Uint8Array(32).fill(7) }, hex: `01${"07".repeat(32)}` },
  {
    frame: { kind: "hello", ticket: Uint8Array.of(1, 2, 3), signature: new Uint8Array(64).fill(9) },
    hex: `020003010203${"09".repeat(64)}`,
  },
  { frame: { kind: "welcome" }, hex: "03" },
  {
    frame: { kind: "data", deviceId, payload: Uint8Array.of(4, 0, 0, 0, 0xff) },
    hex: "04a0a1a2a3a4a5a6a7a8a9aaabacadaeaf04000000ff",
  },
  { frame: { kind: "ping", echo: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) }, hex: "050102030405060708" },
  { frame: { kind: "pong", echo: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) }, hex: "060102030405060708" },
  { frame: { kind: "refused", code: 5 }, hex: "0705" },
  { frame: { kind: "ticket", ticket: Uint8Array.of(1, 2) }, hex: "080102" },
  { frame: { kind: "peer-absent", deviceId }, hex: "09a0a1a2a3a4a5a6a7a8a9aaabacadaeaf" },
];

describe("a relay frame", () => {
  test.each(golden)("$frame.kind has its bytes", ({ frame, hex }) => {
    expect(Buffer.from(encodeRelayFrame(frame)).toString("hex")).toBe(hex);
    expect(decodeRelayFrame(Uint8Array.from(Buffer.from(hex, "hex")))).toEqual({ ok: true, value: frame });
  });

  test.each(golden.filter(({ frame }) => frame.kind !== "ticket"))(
    "$frame.kind is refused at every truncation",
    ({ frame }) => {
      const whole = encodeRelayFrame(frame);
      const shortest = frame.kind === "data" ? 18 : whole.length;
      for (let length = 0; length < shortest; length++) {
        expect(decodeRelayFrame(whole.subarray(0, length)), `${length} bytes`).toEqual({ ok: false, error: "short" });
      }
    },
  );

  test("of another type is refused, and one that is longer than any is", () => {
    expect(decodeRelayFrame(Uint8Array.of(0x0a, 1))).toEqual({ ok: false, error: "unknown-type" });
    expect(decodeRelayFrame(new Uint8Array(MAX_RELAY_FRAME + 1).fill(8))).toEqual({ ok: false, error: "too-long" });
    const data = new Uint8Array(17 + MAX_RELAY_PAYLOAD + 1).fill(4);
    expect(decodeRelayFrame(data)).toEqual({ ok: false, error: "too-long" });
    expect(decodeRelayFrame(data.subarray(0, 17 + MAX_RELAY_PAYLOAD)).ok).toBe(true);
  });

  test("never throws on arbitrary bytes, and what it yields encodes to the same beginning", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const decoded = decodeRelayFrame(bytes);
        if (!decoded.ok) return;
        const again = encodeRelayFrame(decoded.value);
        expect(Buffer.from(again)).toEqual(Buffer.from(bytes.subarray(0, again.length)));
      }),
    );
  });
});

describe("a sealed packet", () => {
  const packet = (type: number, length: number) => Uint8Array.of(type, ...new Uint8Array(length - 1));

  test.each([
    [1, 148],
    [2, 92],
    [3, 64],
    [4, 32],
    [4, 1_452],
  ])("of type %d has %d bytes", (type, length) => {
    expect(isSealedPacket(packet(type, length))).toBe(true);
    expect(isSealedPacket(packet(type, length).fill(1, 3, 4))).toBe(false);
  });

  test.each([
    ["nothing", new Uint8Array(0)],
    ["type 0", packet(0, 148)],
    ["type 5", packet(5, 64)],
    ["an initiation that is a byte too long", packet(1, 149)],
    ["transport data without a tag", packet(4, 31)],
    ["a DNS question", Uint8Array.from(Buffer.from("a1b201000001000000000000", "hex"))],
    ["an HTTP request", new TextEncoder().encode("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n")],
  ])("is not %s", (_, bytes) => {
    expect(isSealedPacket(bytes)).toBe(false);
  });
});

test("a refusal's code names it, and an unknown one is unknown", () => {
  for (const [name, code] of Object.entries(RELAY_REFUSALS)) expect(relayRefusalOf(code)).toBe(name);
  expect(relayRefusalOf(200)).toBe("unknown");
});

test("a hello signs words of its own before the nonce, and the relay's name after it", () => {
  const nonce = new Uint8Array(32).fill(65);
  const input = (name: string) => Buffer.from(relayHelloSignatureInput(nonce, name)).toString("latin1");
  expect(input("")).toBe(`pinhole relay hello v1${"A".repeat(32)}`);
  expect(input("fra")).toBe(`pinhole relay hello v1${"A".repeat(32)}fra`);
});
