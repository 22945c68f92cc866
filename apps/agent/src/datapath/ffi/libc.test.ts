/** Real system calls: what the kernel takes and gives, what it refuses, and that it writes where it was told to and nowhere else. */
import { closeSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { afterEach, describe, expect, test } from "vitest";
import { systemError } from "./errno.ts";
import { clearEventfd, openEventfd } from "./eventfd.ts";
import { bindLibc, EPOLL_EVENT_BYTES } from "./libc.ts";
import { loadNative, type Native } from "./native.ts";
import { ReadySet } from "./ready-set.ts";
import { decodeSockaddr, encodeSockaddr, SOCKADDR_STORAGE_BYTES } from "./sockaddr.ts";
import { openUdpSockets, type UdpSocket } from "./udp-socket.ts";

const AF_UNIX = 1;
const SOCK_DGRAM_NONBLOCK = 2 | 0x800;
const CANARY = 0xa5;

const loaded = loadNative();

describe.runIf(loaded.ok)("libc", () => {
  const libc = bindLibc((loaded as { value: Native }).value);
  const open = new Set<number>();
  const track = (...fds: number[]): void => fds.forEach((fd) => open.add(fd));
  afterEach(() => {
    for (const fd of open) libc.close(fd);
    open.clear();
  });

  const pair = (): readonly [number, number] => {
    const fds = unwrap(libc.socketpair(AF_UNIX, SOCK_DGRAM_NONBLOCK));
    track(...fds);
    return fds;
  };

  const sockets = (port = 0): readonly UdpSocket[] => {
    const udp = unwrap(openUdpSockets(libc, port));
    track(...udp.map(({ fd }) => fd));
    return udp;
  };

  test.each([0, 1, 1_280, 65_000])("%i bytes written on one end are read on the other", (length) => {
    const [a, b] = pair();
    const sent = Uint8Array.from({ length }, (_, at) => at * 7);
    expect(libc.write(a, sent)).toEqual({ ok: true, value: length });
    const into = new Uint8Array(65_536);
    expect(libc.read(b, into)).toEqual({ ok: true, value: length });
    expect(into.subarray(0, length)).toEqual(sent);
  });

  test("writes into the view that it was given and not around it", () => {
    const [a, b] = pair();
    const memory = new Uint8Array(4_096).fill(CANARY);
    for (const [at, length] of [
      [64, 1],
      [1_000, 100],
      [4_000, 96],
    ] as const) {
      libc.write(a, new Uint8Array(2_000));
      memory.fill(CANARY);
      expect(libc.read(b, memory.subarray(at, at + length))).toEqual({ ok: true, value: length });
      expect(memory.subarray(at, at + length).every((byte) => byte === 0)).toBe(true);
      expect(memory.subarray(0, at).every((byte) => byte === CANARY)).toBe(true);
      expect(memory.subarray(at + length).every((byte) => byte === CANARY)).toBe(true);
    }
  });

  test("writes a sender's address into its place and not behind it", () => {
    const [v4] = sockets();
    const memory = new Uint8Array(SOCKADDR_STORAGE_BYTES + 128).fill(CANARY);
    const sender = memory.subarray(64, 64 + SOCKADDR_STORAGE_BYTES);
    const to = encodeSockaddr({ address: "127.0.0.1", port: v4!.port });
    expect(libc.sendto(v4!.fd, Uint8Array.of(1, 2, 3), to).ok).toBe(true);
    const into = new Uint8Array(16).fill(CANARY);
    expect(libc.recvfrom(v4!.fd, into.subarray(4, 12), sender)).toEqual({ ok: true, value: 3 });
    expect(Array.from(into.subarray(3, 8))).toEqual([CANARY, 1, 2, 3, CANARY]);
    expect(decodeSockaddr(sender)).toEqual({ address: "127.0.0.1", port: v4!.port });
    expect(memory.subarray(0, 64).every((byte) => byte === CANARY)).toBe(true);
    expect(memory.subarray(64 + 16).every((byte) => byte === CANARY)).toBe(true);
  });

  test("takes a datagram that is longer than its buffer up to the buffer's end", () => {
    const [v4] = sockets();
    libc.sendto(v4!.fd, new Uint8Array(500), encodeSockaddr({ address: "127.0.0.1", port: v4!.port }));
    const memory = new Uint8Array(300).fill(CANARY);
    libc.recvfrom(v4!.fd, memory.subarray(100, 200), new Uint8Array(SOCKADDR_STORAGE_BYTES));
    expect(memory.subarray(200).every((byte) => byte === CANARY)).toBe(true);
  });

  test("refuses buffers that the call could overrun, or that could move", () => {
    const [a] = pair();
    const resizable = new Uint8Array(new ArrayBuffer(8, { maxByteLength: 16 }));
    expect(() => libc.read(a, new Uint8Array(0))).toThrow(RangeError);
    expect(() => libc.read(a, resizable)).toThrow(RangeError);
    expect(() => libc.recvfrom(a, new Uint8Array(8), new Uint8Array(16))).toThrow(RangeError);
    expect(() => libc.getsockname(a, new Uint8Array(16))).toThrow(RangeError);
    expect(() => libc.epoll_wait(a, new Uint8Array(EPOLL_EVENT_BYTES + 1), 0)).toThrow(RangeError);
    expect(() => libc.epoll_ctl(a, 1, { fd: a, event: new Uint8Array(4) })).toThrow(RangeError);
    expect(() => libc.sendto(a, new Uint8Array(1), new Uint8Array(0))).toThrow(RangeError);
  });

  test("names what the kernel refuses", () => {
    const [v4] = sockets();
    const into = new Uint8Array(16);
    const sender = new Uint8Array(SOCKADDR_STORAGE_BYTES);
    expect(libc.recvfrom(v4!.fd, into, sender)).toEqual({ ok: false, error: "again" });
    const far = encodeSockaddr({ address: "127.0.0.1", port: 9 });
    expect(libc.sendto(v4!.fd, new Uint8Array(65_508), far)).toEqual({ ok: false, error: "too-big" });
    expect(libc.read(1_000_000, into)).toEqual({ ok: false, error: "bad-state" });
    expect(libc.open("/nowhere/at/all", 0)).toEqual({ ok: false, error: "no-file" });
    expect(libc.if_nametoindex("no-such-if")).toEqual({ ok: false, error: "no-device" });
    expect(libc.if_nametoindex("a".repeat(64))).toEqual({ ok: false, error: "invalid" });
  });

  test("opens both families on one port, and says when the port is taken", () => {
    const [v4, v6] = sockets();
    expect(v4!.family).toBe(4);
    if (v6 !== undefined) expect(v6).toMatchObject({ family: 6, port: v4!.port });
    expect(openUdpSockets(libc, v4!.port)).toEqual({ ok: false, error: "in-use" });
  });

  test("sleeps until a descriptor is ready, and no longer than it was told", () => {
    const [a, b] = pair();
    const eventfd = unwrap(openEventfd(libc));
    const set = unwrap(ReadySet.open(libc));
    const calls: string[] = [];
    set.add(eventfd, () => calls.push("eventfd"));
    set.add(b, () => calls.push("b"));
    set.wait(1);
    expect(calls).toEqual([]);

    writeSync(eventfd, new BigUint64Array([1n]));
    libc.write(a, Uint8Array.of(1));
    set.wait(1_000);
    expect(calls.toSorted()).toEqual(["b", "eventfd"]);

    clearEventfd(libc, eventfd);
    set.remove(b);
    set.wait(0);
    expect(calls).toHaveLength(2);
    closeSync(eventfd);
    expect(set.add(eventfd, () => undefined)).toEqual({ ok: false, error: "bad-state" });
    set.close();
  });

  test("calls for every one of hundreds, and not for one that another's handler removed", () => {
    const set = unwrap(ReadySet.open(libc));
    const called = new Set<number>();
    const ends = Array.from({ length: 300 }, pair);
    for (const [a, b] of ends) {
      libc.write(a, Uint8Array.of(1));
      set.add(b, () => {
        called.add(b);
        libc.read(b, new Uint8Array(8));
      });
    }
    while (called.size < ends.length) set.wait(0);

    const [first, second] = [ends[0]!, ends[1]!];
    const removals: string[] = [];
    for (const [[mine, theirs], name] of [
      [[first, second], "first"],
      [[second, first], "second"],
    ] as const) {
      libc.write(mine[0], Uint8Array.of(1));
      set.remove(mine[1]);
      set.add(mine[1], () => {
        removals.push(name);
        set.remove(theirs[1]);
      });
    }
    set.wait(0);
    expect(removals).toHaveLength(1);
    set.close();
  });
});

test.each([
  ["EINTR", "interrupted"],
  ["EAGAIN", "again"],
  ["ENOBUFS", "no-buffers"],
  ["ENETUNREACH", "unreachable"],
  ["EHOSTUNREACH", "unreachable"],
  ["EMSGSIZE", "too-big"],
  ["EPERM", "no-permission"],
  ["EIO", "down"],
  ["EPIPE", "other"],
] as const)("%s is called %s", (name, error) => {
  expect(systemError(constants.errno[name])).toBe(error);
});

function unwrap<T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T {
  if (!result.ok) throw new Error(`refused: ${String(result.error)}`);
  return result.value;
}
