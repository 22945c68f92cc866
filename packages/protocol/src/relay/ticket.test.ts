import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deviceIdFromBytes, teamIdFromBytes } from "../ids.ts";
import {
  decodeTicket,
  encodeTicketBody,
  joinTicket,
  MAX_TICKET_BYTES,
  MAX_TICKET_PEERS,
  type RelayTicket,
} from "./ticket.ts";

const device = (fill: number) => deviceIdFromBytes(new Uint8Array(16).fill(fill));

const ticket: RelayTicket = {
  expiresAt: 1_767_323_045_000,
  deviceId: device(0x11),
  teamId: teamIdFromBytes(new Uint8Array(16).fill(0x22)),
  identityKey: new Uint8Array(32).fill(0x33),
  peers: [device(0x44), device(0x55)],
};
const signature = new Uint8Array(64).fill(0x66);

// 1,767,323,045,000 ms = 2026-01-02T03:04:05Z
const GOLDEN = [
  "01",
  "0000019b7ca98c88",
  "11".repeat(16),
  "22".repeat(16),
  "33".repeat(32),
  "0002",
  "44".repeat(16),
  "55".repeat(16),
  "66".repeat(64),
].join("");

describe("a relay ticket", () => {
  test("has its bytes", () => {
    const bytes = joinTicket(encodeTicketBody(ticket), signature);
    expect(Buffer.from(bytes).toString("hex")).toBe(GOLDEN);
    expect(decodeTicket(bytes)).toEqual({ ok: true, value: { ticket, body: encodeTicketBody(ticket), signature } });
  });

  test("is refused at every truncation, and with a byte too many", () => {
    const bytes = joinTicket(encodeTicketBody(ticket), signature);
    for (let length = 0; length < bytes.length; length++) {
      expect(decodeTicket(bytes.subarray(0, length)).ok, `${length} bytes`).toBe(false);
    }
    expect(decodeTicket(Uint8Array.of(...bytes, 0))).toEqual({ ok: false, error: "wrong-length" });
  });

  test("of another version is refused", () => {
    const bytes = joinTicket(encodeTicketBody(ticket), signature);
    bytes[0] = 2;
    expect(decodeTicket(bytes)).toEqual({ ok: false, error: "wrong-version" });
  });

  test("names as many peers as a hello has room for, and no more", () => {
    const full = { ...ticket, peers: Array.from({ length: MAX_TICKET_PEERS }, () => device(1)) };
    const bytes = joinTicket(encodeTicketBody(full), signature);
    expect(bytes.length).toBeLessThanOrEqual(MAX_TICKET_BYTES);
    expect(decodeTicket(bytes).ok).toBe(true);
    expect(() => encodeTicketBody({ ...full, peers: [...full.peers, device(2)] })).toThrow(RangeError);
    const lying = joinTicket(encodeTicketBody(ticket), signature);
    lying.set([0xff, 0xff], 73);
    expect(decodeTicket(lying)).toEqual({ ok: false, error: "too-many-peers" });
  });

  test("never throws on arbitrary bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void decodeTicket(Uint8Array.of(1, ...bytes))));
  });
});
