/** Real system calls: what the kernel takes and gives, what it refuses, and that it writes where it was told to and nowhere else. */
import { closeSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { afterEach, describe, expect, test } from "vitest";
import { clearEventfd, openEventfd, PollSet } from "./descriptors.ts";
import { systemError } from "./errno.ts";
import { type Libc, loadLibc, SOCKADDR_STORAGE_BYTES } from "./libc.ts";
import { decodeSockaddr, encodeSockaddr } from "./sockaddr.ts";
import { openUdpSockets, type UdpSocket } from "./udp-socket.ts";

const AF_UNIX = 1;
const SOCK_DGRAM_NONBLOCK = 2 | 0x800;
const CANARY = 0xa5;

const loaded = loadLibc();

describe.runIf(loaded.ok)("libc", () => {
  const libc = (loaded as { value: Libc }).value;
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
    expect(() => libc.poll(new Uint8Array(7), 0)).toThrow(RangeError);
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
    const set = new PollSet(libc, [eventfd, b]);
    expect(set.wait(1)).toEqual({ ok: true, value: 0 });
    expect([set.readiness(0), set.readiness(1)]).toEqual(["idle", "idle"]);

    writeSync(eventfd, new BigUint64Array([1n]));
    libc.write(a, Uint8Array.of(1));
    expect(set.wait(1_000)).toEqual({ ok: true, value: 2 });
    expect([set.readiness(0), set.readiness(1)]).toEqual(["ready", "ready"]);

    clearEventfd(libc, eventfd);
    set.forget(1);
    expect(set.wait(0)).toEqual({ ok: true, value: 0 });
    closeSync(eventfd);
    set.wait(0);
    expect(set.readiness(0)).toBe("broken");
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
