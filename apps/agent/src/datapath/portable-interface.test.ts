import { describe, expect, test } from "vitest";
import { InnerPacket } from "./packet/inner-packet.ts";
import { openPacketMemory } from "./packet/packet-memory.ts";
import { streamOf } from "./packet/testing.ts";
import { Segmentation, VIRTIO_HEADER_BYTES, VirtioHeader } from "./packet/virtio-header.ts";
import { PortableInterface } from "./portable-interface.ts";
import type { PumpEvents } from "./pump/tun-pump.ts";

const SENDER = {};

describe("the interface of the portable way", () => {
  // Other memory may be somebody else's before the turn ends.
  test("is handed no packet from other memory together with the one that it continues", () => {
    const host = newInterface();
    const [first, second, third] = streamOf("100.90.0.2", "100.90.0.1");
    host.deliver(host.placed(first));
    expect(host.interface.extend(second, SENDER)).toBe(false);
    expect(host.interface.extend(host.placed(second), SENDER)).toBe(true);
    host.deliver(third);
    third.fill(0);
    host.interface.flush();
    expect(host.frames().map(({ packet, segmentation }) => [packet.length, segmentation])).toEqual([
      [240, Segmentation.tcp4],
      [140, Segmentation.none],
    ]);
    expect(host.frames()[1]?.packet).toEqual(streamOf("100.90.0.2", "100.90.0.1")[2]);
  });

  test("that does not keep up loses what came of one turn, and each packet of it counts", () => {
    const host = newInterface();
    const pieces = streamOf("100.90.0.2", "100.90.0.1").map(host.placed);
    host.isFull = true;
    host.deliver(pieces[0]!);
    expect(host.interface.extend(pieces[1]!, SENDER)).toBe(true);
    host.interface.flush();
    host.isFull = false;
    host.deliver(pieces[2]!);
    host.interface.flush();
    expect(host.drops).toEqual({ "interface-full": 2 });
    expect(host.frames().map(({ packet }) => packet.length)).toEqual([140]);
  });

  test("hands over what comes of the program, and is lost with a stream that makes no sense", () => {
    const host = newInterface();
    const [packet] = streamOf("100.90.0.2", "100.90.0.1");
    host.says(frameOf(packet));
    // Shorter than a header.
    host.says(Uint8Array.of(0, 0, 0, 5, 0, 0, 0, 0, 0));
    expect([host.taken, host.drops, host.losses]).toEqual([[packet], { "bad-offload": 1 }, 0]);
    host.says(Uint8Array.of(0xff, 0xff, 0xff, 0xff));
    expect(host.losses).toBe(1);
  });
});

/** With the program's place taken by the test. */
function newInterface() {
  const memory = openPacketMemory();
  const written: Uint8Array[] = [];
  let events: PumpEvents | undefined;
  const host = {
    isFull: false,
    losses: 0,
    taken: [] as Uint8Array[],
    drops: {} as Record<string, number>,
    interface: new PortableInterface({
      pump: {
        segmentsUdp: false,
        start: (heard) => void (events = heard),
        write: (frames): boolean => !host.isFull && written.push(Uint8Array.from(frames)) > 0,
        close: () => undefined,
      },
      memory,
      countDrop: (reason, count = 1) => void (host.drops[reason] = (host.drops[reason] ?? 0) + count),
      take: (packet) => void host.taken.push(Uint8Array.from(packet)),
      taken: () => undefined,
      link: () => undefined,
      lost: () => void (host.losses += 1),
    }),
    /** A copy in packet memory. */
    placed: (bytes: Uint8Array): Uint8Array => {
      const place = memory.take(bytes.length);
      place.set(bytes);
      return place;
    },
    deliver: (bytes: Uint8Array): void => {
      const inner = new InnerPacket();
      expect(inner.read(bytes)).toBeUndefined();
      host.interface.deliver(inner, SENDER);
    },
    says: (bytes: Uint8Array): void => events?.bytes(bytes),
    frames: (): Frame[] => framesOf(Buffer.concat(written)),
  };
  host.interface.start();
  return host;
}

function frameOf(packet: Uint8Array): Buffer {
  const frame = Buffer.alloc(4 + VIRTIO_HEADER_BYTES + packet.length);
  frame.writeUInt32BE(frame.length - 4);
  frame.set(packet, 4 + VIRTIO_HEADER_BYTES);
  return frame;
}

type Frame = { readonly packet: Uint8Array; readonly segmentation: Segmentation };

function framesOf(stream: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at < stream.length; ) {
    const end = at + 4 + stream.readUInt32BE(at);
    const header = new VirtioHeader();
    expect(header.read(stream, at + 4)).toBe(true);
    frames.push({
      packet: Uint8Array.from(stream.subarray(at + 4 + VIRTIO_HEADER_BYTES, end)),
      segmentation: header.segmentation,
    });
    at = end;
  }
  return frames;
}
