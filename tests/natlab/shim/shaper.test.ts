import { describe, expect, test } from "vitest";
import { parseAddress, restoreHop } from "./ipv4.ts";
import { Shaper, type Shapes } from "./shaper.ts";

const [A, B, C] = ["198.51.100.10", "198.51.100.11", "203.0.113.1"] as const;

describe("the shaper", () => {
  test("adds up the delays of both links and of the path, in both directions", () => {
    const shaper = shaperWith({
      links: { [A]: { delayMs: 10 }, [B]: { delayMs: 5 } },
      paths: { [`${A} ${B}`]: { delayMs: 2 } },
    });
    for (const [from, to, due] of [
      [A, B, 117],
      [B, A, 117],
      [A, C, 110],
      [C, B, 105],
    ] as const) {
      expect(shaper.admit(packet(from, to), 100)).toBe(true);
      expect(shaper.release(due - 0.001)).toBeUndefined();
      expect(shaper.nextDue).toBe(due);
      expect(shaper.release(due)).toEqual(packet(from, to));
    }
    expect(shaper.nextDue).toBeUndefined();
  });

  test("keeps the order of packets with the same delay and sorts the others", () => {
    const shaper = shaperWith({ links: { [A]: { delayMs: 10 }, [B]: { delayMs: 3 } }, paths: {} });
    const sent = Array.from({ length: 200 }, (_, id) => ({ id, from: id % 3 === 0 ? B : A }));
    for (const { id, from } of sent) shaper.admit(packet(from, C, id), Math.floor(id / 20));
    const ids: number[] = [];
    for (let out = shaper.release(1_000); out; out = shaper.release(1_000)) ids.push(out.at(-1) ?? -1);

    const due = ({ id, from }: (typeof sent)[number]): number => Math.floor(id / 20) + (from === A ? 10 : 3);
    expect(ids).toEqual(sent.toSorted((x, y) => due(x) - due(y) || x.id - y.id).map(({ id }) => id));
  });

  test("loses the same packets with the same seed, at the combined rate of all it meets", () => {
    const shapes: Shapes = { links: { [A]: { loss: 0.1 }, [B]: { loss: 0.2 } }, paths: {} };
    const run = (seed: number): boolean[] => {
      const shaper = shaperWith(shapes, seed);
      return Array.from({ length: 20_000 }, () => shaper.admit(packet(A, B), 0));
    };
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
    const survived = run(3).filter(Boolean).length / 20_000;
    expect(survived).toBeGreaterThan(0.71); // 0.9 × 0.8, four standard deviations.
    expect(survived).toBeLessThan(0.73);
  });

  test("drops what is too long, what is not IPv4, and what no longer fits the queue", () => {
    const shaper = shaperWith({ links: { [A]: { mtu: 21 } }, paths: {} });
    expect(shaper.admit(packet(A, B), 0)).toBe(true);
    expect(shaper.admit(new Uint8Array([...packet(A, B), 0]), 0)).toBe(false);
    expect(shaper.admit(new Uint8Array(0), 0)).toBe(false);
    expect(shaper.admit(new Uint8Array(40).fill(0x60), 0)).toBe(false);
    let admitted = 0;
    while (shaper.admit(packet(B, C), 0)) admitted++;
    expect(admitted).toBe(39_999);
  });
});

test("giving back a hop keeps the header's checksum right", () => {
  for (let ttl = 0; ttl < 255; ttl++) {
    const header = packet(A, B);
    header[8] = ttl;
    setChecksum(header);
    restoreHop(header);
    expect(header[8]).toBe(ttl + 1);
    expect(onesComplementSum(header)).toBe(0xffff);
  }
});

function shaperWith(shapes: Shapes, seed = 1): Shaper {
  const shaper = new Shaper(seed);
  shaper.configure(shapes);
  return shaper;
}

/** A header and one byte of payload. */
function packet(from: string, to: string, payload = 0): Uint8Array {
  const bytes = new Uint8Array(21);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x45);
  view.setUint8(8, 64);
  view.setUint32(12, parseAddress(from));
  view.setUint32(16, parseAddress(to));
  view.setUint8(20, payload);
  return bytes;
}

function setChecksum(header: Uint8Array): void {
  const view = new DataView(header.buffer);
  view.setUint16(10, 0);
  view.setUint16(10, ~onesComplementSum(header) & 0xffff);
}

function onesComplementSum(header: Uint8Array): number {
  const view = new DataView(header.buffer);
  let sum = 0;
  for (let i = 0; i < 20; i += 2) sum += view.getUint16(i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}
