/** The system calls the shim lives on; Node has no TUN, no ppoll and no read that may come back empty-handed. */
import { constants, openSync } from "node:fs";
import koffi from "koffi";

const libc = koffi.load("libc.so.6");
const ioctl = libc.func("int ioctl(int fd, unsigned long request, void *argument)");
const ppoll = libc.func("int ppoll(void *fds, unsigned long count, void *timeout, void *mask)");
const readInto = libc.func("long read(int fd, void *buffer, size_t count)");
const writeFrom = libc.func("long write(int fd, void *buffer, size_t count)");

const TUNSETIFF = 0x400454ca;
const IFF_TUN = 0x0001;
const IFF_NO_PI = 0x1000;
const IFREQ_SIZE = 40;
const IFREQ_FLAGS = 16;

/** Attaches to a TUN device of the namespace that the process is in. */
export function openTun(device: string): number {
  const fd = openSync("/dev/net/tun", constants.O_RDWR | constants.O_NONBLOCK);
  const request = Buffer.alloc(IFREQ_SIZE);
  request.write(device, "latin1");
  request.writeUInt16LE(IFF_TUN | IFF_NO_PI, IFREQ_FLAGS);
  if (ioctl(fd, TUNSETIFF, request) !== 0) throw new Error(`${device}: TUNSETIFF failed with errno ${koffi.errno()}`);
  return fd;
}

/** Bytes read; 0 at the end of input, -1 when there is nothing at this moment. */
export function read(fd: number, buffer: Uint8Array): number {
  return Number(readInto(fd, buffer, buffer.length));
}

/** A packet that does not fit into the device's queue is lost, as on any router. */
export function writePacket(fd: number, packet: Uint8Array): void {
  writeFrom(fd, packet, packet.length);
}

const POLLFD_SIZE = 8;
const POLLIN = 1;

/** Waits for input on any of `fds`, with the kernel's precision where Node's timers have a millisecond. */
export class Poller {
  readonly #fds: Buffer;
  readonly #timeout = Buffer.alloc(16);
  readonly #count: number;

  constructor(fds: readonly number[]) {
    this.#count = fds.length;
    this.#fds = Buffer.alloc(fds.length * POLLFD_SIZE);
    for (const [i, fd] of fds.entries()) {
      this.#fds.writeInt32LE(fd, i * POLLFD_SIZE);
      this.#fds.writeInt16LE(POLLIN, i * POLLFD_SIZE + 4);
    }
  }

  /** Without a time it waits for input alone. */
  wait(timeoutMs: number | undefined): void {
    if (timeoutMs !== undefined) {
      const nanoseconds = Math.ceil(Math.max(0, timeoutMs) * 1e6);
      this.#timeout.writeBigInt64LE(BigInt(Math.floor(nanoseconds / 1e9)), 0);
      this.#timeout.writeBigInt64LE(BigInt(nanoseconds % 1e9), 8);
    }
    ppoll(this.#fds, this.#count, timeoutMs === undefined ? null : this.#timeout, null);
  }

  /** Readable, or closed by the other side. */
  isReady(index: number): boolean {
    return this.#fds.readInt16LE(index * POLLFD_SIZE + 6) !== 0;
  }
}
