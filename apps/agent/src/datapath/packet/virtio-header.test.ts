import { endianness } from "node:os";
import { expect, test } from "vitest";
import { Segmentation, VirtioHeader } from "./virtio-header.ts";

test.runIf(endianness() === "LE")("is ten bytes, numbers in the machine's order", () => {
  const header = Object.assign(new VirtioHeader(), {
    needsChecksum: true,
    segmentation: Segmentation.tcp6,
    headerBytes: 0x0102,
    segmentBytes: 0x0304,
    checksumStart: 0x0506,
    checksumOffset: 0x0708,
  });
  const bytes = new Uint8Array(12).fill(0xa5);
  header.write(bytes, 1);
  expect(Buffer.from(bytes).toString("hex")).toBe("a501040201040306050807a5");
  const read = new VirtioHeader();
  expect(read.read(bytes, 1)).toBe(true);
  expect(read).toEqual(header);
  read.clear();
  expect(read).toEqual(new VirtioHeader());
});

test("takes what was asked of the kernel, and nothing else", () => {
  const header = new VirtioHeader();
  const asked = new Set<number>(Object.values(Segmentation));
  for (let type = 0; type < 256; type++) {
    expect(header.read(Uint8Array.of(0, type, 0, 0, 0, 0, 0, 0, 0, 0), 0)).toBe(asked.has(type));
  }
});
