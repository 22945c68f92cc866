/** Real sockets: many datagrams by one call, and that the kernel writes where it was told to and nowhere else. */
import { afterEach, describe, expect, test } from "vitest";
import { IoVectors } from "./io-vectors.ts";
import { bindLibc, type Libc } from "./libc.ts";
import { Message } from "./message.ts";
import { loadNative, type Native } from "./native.ts";
import { addressOf, allocate } from "./native-memory.ts";
import { ReadySet } from "./ready-set.ts";
import { decodeSockaddr, encodeSockaddr } from "./sockaddr.ts";
import { openUdpSocket } from "./udp-socket.ts";

const CANARY = 0xa5;
const AF_UNIX = 1;
const SOCK_DGRAM_NONBLOCK = 2 | 0x800;

const loaded = loadNative();

describe.runIf(loaded.ok)("messages", () => {
  const native = (loaded as { value: Native }).value;
  const libc: Libc = bindLibc(native);
  const open = new Set<number>();
  afterEach(() => {
    for (const fd of open) libc.close(fd);
    open.clear();
  });

  const socket = (): { readonly fd: number; readonly address: Uint8Array; readonly port: number } => {
    const opened = openUdpSocket(libc, 4, 0);
    if (!opened.ok) throw new Error(opened.error);
    open.add(opened.value.fd);
    const { fd, port } = opened.value;
    return { fd, port, address: encodeSockaddr({ address: "127.0.0.1", port }) };
  };

  test.each([
    [1_050, 100],
    [65_000, 1_300],
    [700, 700],
    [64, 1],
  ])("%i bytes sent as datagrams of %i arrive as those", (length, each) => {
    const [from, to] = [socket(), socket()];
    const bytes = allocate(native, length).map((_, at) => at * 7);
    const sent = allocate(native, length);
    sent.set(bytes);
    const outgoing = new Message(native);
    outgoing.prepareSend(sent, to.address, each);
    expect(libc.sendmsg(from.fd, outgoing)).toEqual({ ok: true, value: length });

    const memory = allocate(native, 70_000).fill(CANARY);
    const received: Uint8Array[] = [];
    const incoming = new Message(native);
    while (received.length < Math.ceil(length / each)) {
      incoming.prepareReceive(memory.subarray(1_000, 1_000 + 66_000));
      const result = libc.recvmsg(to.fd, incoming);
      if (!result.ok) throw new Error(result.error);
      expect(decodeSockaddr(incoming.name)).toEqual({ address: "127.0.0.1", port: from.port });
      expect(incoming.isTruncated).toBe(false);
      const segment = incoming.segmentBytes || result.value;
      for (let at = 0; at < result.value; at += segment) {
        received.push(memory.slice(1_000 + at, 1_000 + Math.min(at + segment, result.value)));
      }
    }
    expect(received.map((datagram) => datagram.length)).toEqual(
      Array.from({ length: Math.ceil(length / each) }, (_, at) => Math.min(each, length - at * each)),
    );
    expect(Buffer.concat(received).equals(bytes)).toBe(true);
    expect(memory.subarray(0, 1_000).every((byte) => byte === CANARY)).toBe(true);
    expect(memory.subarray(67_000).every((byte) => byte === CANARY)).toBe(true);
  });

  test("a datagram longer than the buffer is cut at its end, and says so", () => {
    const [from, to] = [socket(), socket()];
    libc.sendto(from.fd, new Uint8Array(500), to.address);
    const memory = allocate(native, 300).fill(CANARY);
    const incoming = new Message(native);
    incoming.prepareReceive(memory.subarray(100, 200));
    expect(libc.recvmsg(to.fd, incoming)).toEqual({ ok: true, value: 100 });
    expect(incoming.isTruncated).toBe(true);
    expect(memory.subarray(200).every((byte) => byte === CANARY)).toBe(true);
    expect(memory.subarray(0, 100).every((byte) => byte === CANARY)).toBe(true);
  });

  test("more than the kernel takes at once is refused, and nothing is sent", () => {
    const [from, to] = [socket(), socket()];
    const outgoing = new Message(native);
    outgoing.prepareSend(allocate(native, 1_000), to.address, 1);
    expect(libc.sendmsg(from.fd, outgoing).ok).toBe(false);
    const ready = ReadySet.open(libc);
    if (!ready.ok) throw new Error(ready.error);
    const calls: number[] = [];
    ready.value.add(to.fd, () => calls.push(to.fd));
    ready.value.wait(0);
    expect(calls).toEqual([]);
    ready.value.close();
  });

  test("pieces are written as one, in order", () => {
    const pair = libc.socketpair(AF_UNIX, SOCK_DGRAM_NONBLOCK);
    if (!pair.ok) throw new Error(pair.error);
    for (const fd of pair.value) open.add(fd);
    const memory = allocate(native, 64).map((_, at) => at);
    const own = allocate(native, 64);
    own.set(memory);
    const vectors = new IoVectors(native, 4);
    for (const [from, to, skip] of [
      [0, 3, 0],
      [10, 10, 0],
      [20, 40, 15],
      [60, 64, 1],
    ] as const) {
      vectors.add(own.subarray(from, to), skip);
    }
    expect(() => vectors.add(own, 0)).toThrow(RangeError);
    expect(libc.writev(pair.value[0], vectors)).toEqual({ ok: true, value: 3 + 5 + 3 });
    const into = new Uint8Array(32);
    expect(libc.read(pair.value[1], into)).toEqual({ ok: true, value: 11 });
    expect(Array.from(into.subarray(0, 11))).toEqual([0, 1, 2, 35, 36, 37, 38, 39, 61, 62, 63]);
    vectors.clear();
    expect(() => vectors.add(own, 65)).toThrow(RangeError);
  });

  test("memory that could move is refused", () => {
    const message = new Message(native);
    const moving = new Uint8Array(100);
    expect(addressOf(moving)).toBeUndefined();
    expect(() => message.prepareReceive(moving)).toThrow(RangeError);
    expect(() => message.prepareSend(moving, new Uint8Array(16), 10)).toThrow(RangeError);
    expect(() => message.prepareSend(allocate(native, 8), new Uint8Array(129), 8)).toThrow(RangeError);
    expect(() => new IoVectors(native, 1).add(moving, 0)).toThrow(RangeError);
  });
});
