/**
 * The fast way on a kernel that interrupts, refuses, cuts short and lies: it goes on or says so, and memory beside the
 * buffers that were lent stays as it was. Real system calls, but for those that the test answers itself.
 */
import { constants } from "node:os";
import { afterEach, describe, expect, test } from "vitest";
import { bindLibc, type Libc } from "./ffi/libc.ts";
import { adopt } from "./ffi/native-memory.ts";
import { loadNative, type Native } from "./ffi/native.ts";
import { ReadySet } from "./ffi/ready-set.ts";
import { openUdpSockets, type UdpSocket } from "./ffi/udp-socket.ts";
import { LoopInterface } from "./loop-interface.ts";
import { LoopSockets } from "./loop-sockets.ts";
import { InnerPacket } from "./packet/inner-packet.ts";
import { openPacketMemory, type PacketMemory } from "./packet/packet-memory.ts";
import { buildPacket, streamOf } from "./packet/testing.ts";
import { VIRTIO_HEADER_BYTES } from "./packet/virtio-header.ts";

const AF_UNIX = 1;
const SOCK_DGRAM_NONBLOCK = 2 | 0x800;
const EBADFD = 77;
const CANARY = 0xa5;
const CANARY_BYTES = 1_024;
const { errno } = constants;
const LOOPBACK = "127.0.0.1";

type Answer = { readonly errno: number } | { readonly change: (result: number) => number };

/** Answers scripted calls itself, and passes all others on. */
class HostileKernel implements Native {
  readonly #real: Native;
  readonly #script = new Map<string, Answer[]>();
  #errno: number | undefined;

  constructor(real: Native) {
    this.#real = real;
  }

  get wordBytes(): number {
    return this.#real.wordBytes;
  }

  addressOf = (memory: ArrayBuffer): number => this.#real.addressOf(memory);
  viewOf = (address: number, length: number): ArrayBuffer => this.#real.viewOf(address, length);
  errno = (): number => this.#errno ?? this.#real.errno();

  bind: Native["bind"] = ((declaration: string) => {
    const name = /(\w+)\(/.exec(declaration)?.[1] ?? "";
    const call = this.#real.bind(declaration) as unknown as (...args: unknown[]) => number;
    return (...args: unknown[]): number => {
      const answer = this.#script.get(name)?.shift();
      this.#errno = undefined;
      if (answer === undefined) return call(...args);
      if ("change" in answer) return answer.change(call(...args));
      this.#errno = answer.errno;
      return -1;
    };
  }) as Native["bind"];

  answer(name: string, ...answers: readonly Answer[]): void {
    this.#script.set(name, [...answers]);
  }

  refuse(name: string, ...codes: readonly number[]): void {
    this.answer(name, ...codes.map((code) => ({ errno: code })));
  }
}

const loaded = loadNative();

describe.runIf(loaded.ok)("a hostile kernel", () => {
  const kernel = new HostileKernel((loaded as { value: Native }).value);
  const libc = bindLibc(kernel);
  const open = new Set<number>();
  afterEach(() => {
    for (const name of ["read", "writev", "sendto", "sendmsg", "recvmsg"]) kernel.answer(name);
    for (const fd of open) libc.close(fd);
    open.clear();
  });

  test("that interrupts is asked again, and not for ever", () => {
    const [a, b] = pair(libc, open);
    libc.write(a, Uint8Array.of(1, 2, 3));
    kernel.refuse("read", errno.EINTR, errno.EINTR, errno.EINTR);
    expect(libc.read(b, new Uint8Array(8))).toEqual({ ok: true, value: 3 });
    kernel.refuse("read", ...Array.from({ length: 1_000 }, () => errno.EINTR));
    expect(libc.read(b, new Uint8Array(8))).toEqual({ ok: false, error: "interrupted" });
  });

  describe("under sockets", () => {
    const PASSING = [
      "EINTR",
      "ENOBUFS",
      "ENOMEM",
      "ENETUNREACH",
      "EHOSTUNREACH",
      "ECONNREFUSED",
      "EMSGSIZE",
      "EIO",
    ] as const;
    test("that reports other packets' errors still hands over what came", () => {
      const host = newSockets(kernel, libc, open);
      host.send(Uint8Array.of(7));
      kernel.refuse("recvmsg", ...PASSING.map((name) => errno[name]));
      host.ready.wait(1_000);
      expect(host.received).toEqual([Uint8Array.of(7)]);
      expect(host.errors).toEqual([]);
    });

    test("that has nothing after all is asked at the next turn", () => {
      const host = newSockets(kernel, libc, open);
      host.send(Uint8Array.of(7));
      kernel.refuse("recvmsg", errno.EAGAIN);
      host.ready.wait(1_000);
      expect(host.received).toEqual([]);
      host.ready.wait(1_000);
      expect(host.received).toEqual([Uint8Array.of(7)]);
    });

    test("that takes a socket away is told of once, and the turn ends", () => {
      const host = newSockets(kernel, libc, open);
      host.send(Uint8Array.of(7));
      kernel.refuse("recvmsg", errno.EBADF);
      host.ready.wait(1_000);
      host.ready.wait(1);
      expect(host.errors).toEqual(["socket-failed"]);
      host.send(Uint8Array.of(8));
      expect(host.drops).toEqual({ "unknown-socket": 1 });
    });

    test.each([
      ["EAGAIN", "send-full"],
      ["ENOBUFS", "send-full"],
      ["ENETUNREACH", "send-unreachable"],
      ["EHOSTUNREACH", "send-unreachable"],
      ["ENETDOWN", "send-unreachable"],
      ["EMSGSIZE", "send-too-big"],
      ["EPERM", "send-forbidden"],
      ["EPIPE", "send-failed"],
    ] as const)("that refuses to send by %s costs that datagram alone", (name, reason) => {
      const host = newSockets(kernel, libc, open);
      kernel.refuse("sendto", errno[name]);
      host.send(Uint8Array.of(1));
      host.send(Uint8Array.of(2));
      host.ready.wait(1_000);
      expect(host.drops).toEqual({ [reason]: 1 });
      expect(host.received).toEqual([Uint8Array.of(2)]);
    });

    test.each(["EINVAL", "EIO", "EMSGSIZE"] as const)(
      "that does not cut up, by %s, gets the datagrams one by one",
      (name) => {
        const host = newSockets(kernel, libc, open);
        kernel.refuse("sendmsg", errno[name]);
        host.sendMany(250, 100);
        host.ready.wait(1_000);
        expect(host.received.map(({ length }) => length)).toEqual([100, 100, 50]);
        expect(host.drops).toEqual({});
      },
    );

    test("that is full drops a train as a whole and counts each datagram", () => {
      const host = newSockets(kernel, libc, open);
      kernel.refuse("sendmsg", errno.ENOBUFS);
      host.sendMany(250, 100);
      expect(host.drops).toEqual({ "send-full": 3 });
    });

    test("that claims to have received more than there is room for is believed up to the end", () => {
      const host = newSockets(kernel, libc, open);
      host.send(Uint8Array.of(1, 2));
      kernel.answer("recvmsg", { change: () => 1_000_000 });
      host.ready.wait(1_000);
      expect(host.received).toHaveLength(1);
      expect(host.received[0]).toHaveLength(65_536);
    });

    test("writes beside no buffer, whatever the datagrams' lengths", () => {
      const host = newSockets(kernel, libc, open);
      for (const length of [0, 1, 15, 16, 1_472, 9_000, 65_507]) host.send(new Uint8Array(length).fill(length));
      for (let turn = 0; turn < 20; turn++) host.ready.wait(10);
      for (const [bytes, each] of [
        [64_000, 1_000],
        [65_500, 1_310],
        [63, 1],
      ] as const) {
        host.sendMany(bytes, each);
        for (let turn = 0; turn < 5; turn++) host.ready.wait(10);
      }
      expect(host.received.length).toBeGreaterThan(100);
      expect(host.areCanariesWell()).toBe(true);
    });
  });

  describe("under the interface", () => {
    test.each([0, 1, VIRTIO_HEADER_BYTES - 1])("that hands over %i bytes hands over no packet", (length) => {
      const host = newInterface(kernel, libc, open);
      libc.write(host.kernelEnd, new Uint8Array(length));
      libc.write(host.kernelEnd, framed(PACKET));
      expect(host.read()).toEqual([PACKET]);
      expect(host.drops).toEqual({ "bad-offload": 1 });
    });

    test("that hands over a header alone hands over an empty packet, which is nobody's", () => {
      const host = newInterface(kernel, libc, open);
      libc.write(host.kernelEnd, framed(new Uint8Array(0)));
      const [packet] = host.read();
      expect(new InnerPacket().read(packet ?? PACKET)).toBe("bad-version");
    });

    test("that cannot hand over one packet hands over the next", () => {
      const host = newInterface(kernel, libc, open);
      libc.write(host.kernelEnd, framed(PACKET));
      kernel.refuse("read", errno.EINVAL, errno.ENOMEM, ...Array.from({ length: 101 }, () => errno.EINTR));
      expect(host.read()).toEqual([PACKET]);
      expect([host.drops, host.losses]).toEqual([{ "bad-offload": 3 }, 0]);
    });

    test.each([
      ["EBADFD", EBADFD],
      ["EBADF", errno.EBADF],
      ["EIO", errno.EIO],
      ["EFAULT", errno.EFAULT],
    ])("that has taken the interface away (%s) is told of once", (_, code) => {
      const host = newInterface(kernel, libc, open);
      kernel.refuse("read", code, code);
      expect(host.read()).toEqual([]);
      expect(host.read()).toEqual([]);
      host.deliver(PACKET);
      expect([host.losses, host.drops]).toEqual([1, { "no-interface": 1 }]);
    });

    test.each([
      ["EAGAIN", errno.EAGAIN, "interface-full"],
      ["ENOBUFS", errno.ENOBUFS, "interface-full"],
      ["EIO", errno.EIO, "interface-down"],
      ["EINVAL", errno.EINVAL, "interface-refused"],
      ["EMSGSIZE", errno.EMSGSIZE, "interface-refused"],
    ] as const)("that does not take a packet (%s) takes the next", (_, code, reason) => {
      const host = newInterface(kernel, libc, open);
      kernel.refuse("writev", code);
      host.deliver(PACKET);
      host.deliver(PACKET);
      expect([host.drops, host.losses]).toEqual([{ [reason]: 1 }, 0]);
      const into = new Uint8Array(2_000);
      expect(libc.read(host.kernelEnd, into)).toEqual({ ok: true, value: VIRTIO_HEADER_BYTES + PACKET.length });
      expect(into.subarray(VIRTIO_HEADER_BYTES, VIRTIO_HEADER_BYTES + PACKET.length)).toEqual(PACKET);
    });

    test("that claims to have handed over more than there is room for is believed up to the end", () => {
      const host = newInterface(kernel, libc, open);
      libc.write(host.kernelEnd, framed(PACKET));
      kernel.answer("read", { change: () => 1_000_000 });
      const [packet] = host.read();
      expect(packet?.length).toBe(65_536);
      expect(host.areCanariesWell()).toBe(true);
    });

    // Only what lies in packet memory has an address to write from, and stays as it is until then.
    test("is handed no packet from other memory together with the one that it continues", () => {
      const host = newInterface(kernel, libc, open);
      const [first, second, third] = streamOf("100.90.0.2", "100.90.0.1");
      host.begin(host.placed(first));
      expect(host.extend(second)).toBe(false);
      expect(host.extend(host.placed(second))).toBe(true);
      host.deliver(third);
      const lengths = [1, 2].map(() => libc.read(host.kernelEnd, new Uint8Array(2_000)));
      expect(lengths).toEqual([240, 140].map((bytes) => ({ ok: true, value: VIRTIO_HEADER_BYTES + bytes })));
    });

    test("writes beside no buffer, whatever the packets' lengths", () => {
      const host = newInterface(kernel, libc, open);
      for (const length of [20, 1_280, 9_000, 65_535]) {
        libc.write(host.kernelEnd, framed(new Uint8Array(length).fill(length)));
        expect(host.read().map((packet) => packet.length)).toEqual([length]);
      }
      expect(host.areCanariesWell()).toBe(true);
    });
  });
});

const SENDER = {};
const PACKET = buildPacket({ source: "100.90.0.2", destination: "100.90.0.1", protocol: 17 });

function framed(packet: Uint8Array): Uint8Array {
  return Uint8Array.of(...new Uint8Array(VIRTIO_HEADER_BYTES), ...packet);
}

function pair(libc: Libc, open: Set<number>): readonly [number, number] {
  const fds = unwrap(libc.socketpair(AF_UNIX, SOCK_DGRAM_NONBLOCK));
  for (const fd of fds) open.add(fd);
  return fds;
}

/** A canary before and behind whatever `use` takes of it. */
function guarded<T>(
  kernel: Native,
  use: (memory: PacketMemory) => T,
): { readonly made: T; readonly areWell: () => boolean } {
  const memory = openPacketMemory();
  adopt(kernel, memory);
  const before = memory.take(CANARY_BYTES).fill(CANARY);
  const made = use(memory);
  const behind = memory.take(CANARY_BYTES).fill(CANARY);
  return { made, areWell: () => [before, behind].every((canary) => canary.every((byte) => byte === CANARY)) };
}

type Drops = Record<string, number>;
const counted =
  (drops: Drops) =>
  (reason: string, count = 1): void =>
    void (drops[reason] = (drops[reason] ?? 0) + count);

function newSockets(kernel: Native, libc: Libc, open: Set<number>) {
  const drops: Drops = {};
  const errors: string[] = [];
  const received: Uint8Array[] = [];
  const ready = unwrap(ReadySet.open(libc));
  const [v4, ...others] = unwrap(openUdpSockets(libc, 0)) as [UdpSocket, ...UdpSocket[]];
  for (const { fd } of others) libc.close(fd);
  open.add(v4.fd);
  const endpoint = { address: LOOPBACK, port: v4.port };
  const { made, areWell } = guarded(kernel, (memory) => ({
    sockets: new LoopSockets(
      {
        native: kernel,
        libc,
        memory,
        ready,
        countDrop: counted(drops),
        report: (code) => void errors.push(code),
        receiving: () => undefined,
        receive: (_, datagram) => void received.push(Uint8Array.from(datagram)),
        received: () => undefined,
      },
      [v4],
    ),
    outgoing: memory.take(65_536),
  }));
  return {
    ready,
    drops,
    errors,
    received,
    send: (bytes: Uint8Array): void => made.sockets.send(0, endpoint, bytes),
    sendMany: (bytes: number, each: number): void =>
      made.sockets.sendMany({ socket: 0, endpoint }, made.outgoing.subarray(0, bytes), each),
    areCanariesWell: areWell,
  };
}

/** A pair of sockets stands for the interface: one datagram is one packet there, too. */
function newInterface(kernel: Native, libc: Libc, open: Set<number>) {
  const drops: Drops = {};
  let losses = 0;
  const [kernelEnd, fd] = pair(libc, open);
  const device = { fd, name: "pinhole9", segmentsUdp: false };
  const lost = (): void => void (losses += 1);
  const { made, areWell } = guarded(kernel, (memory) => ({
    host: new LoopInterface({ native: kernel, libc, device, memory, countDrop: counted(drops), lost }),
    take: (bytes: number) => memory.take(bytes),
  }));
  const begin = (bytes: Uint8Array): void => {
    const packet = new InnerPacket();
    expect(packet.read(bytes)).toBeUndefined();
    made.host.deliver(packet, SENDER);
  };
  return {
    kernelEnd,
    drops,
    get losses() {
      return losses;
    },
    read: (): Uint8Array[] => {
      const packets: Uint8Array[] = [];
      made.host.read((packet) => packets.push(Uint8Array.from(packet)));
      return packets;
    },
    /** A copy in packet memory. */
    placed: (bytes: Uint8Array): Uint8Array => {
      const memory = made.take(bytes.length);
      memory.set(bytes);
      return memory;
    },
    begin,
    extend: (bytes: Uint8Array): boolean => made.host.extend(bytes, SENDER),
    deliver: (bytes: Uint8Array): void => {
      begin(Uint8Array.from(bytes));
      made.host.flush();
    },
    areCanariesWell: areWell,
  };
}

function unwrap<T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T {
  if (!result.ok) throw new Error(`refused: ${String(result.error)}`);
  return result.value;
}
