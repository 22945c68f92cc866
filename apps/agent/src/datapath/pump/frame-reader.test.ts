import { describe, expect, test } from "vitest";
import { FrameReader } from "./frame-reader.ts";

const MOST = 20;

describe("a stream of frames", () => {
  const frames = [Uint8Array.of(1, 2, 3), new Uint8Array(0), new Uint8Array(MOST).fill(9), Uint8Array.of(4)];

  test.each([1, 2, 3, 5, 7, 100])("is the same frames when it comes in pieces of %i bytes", (pieceBytes) => {
    const { reader, taken } = newReader();
    const stream = Buffer.concat(frames.map(frameOf));
    for (let at = 0; at < stream.length; at += pieceBytes) {
      expect(reader.push(stream.subarray(at, at + pieceBytes))).toBe(true);
    }
    expect(taken).toEqual(frames.map((frame) => [...frame]));
  });

  test("ends at one that is longer than there is memory for, with nothing written behind it", () => {
    const memory = new Uint8Array(MOST + 8).fill(0xcc);
    const { reader, taken } = newReader(memory.subarray(0, MOST));
    expect(reader.push(frameOf(new Uint8Array(MOST + 1)))).toBe(false);
    expect(newReader().reader.push(Uint8Array.of(0xff, 0xff, 0xff, 0xff))).toBe(false);
    expect(taken).toEqual([]);
    expect(memory.every((byte) => byte === 0xcc)).toBe(true);
  });
});

function newReader(into = new Uint8Array(MOST)): { reader: FrameReader; taken: number[][] } {
  const taken: number[][] = [];
  return { reader: new FrameReader(into, (length) => taken.push([...into.subarray(0, length)])), taken };
}

function frameOf(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
