/**
 * Tells when an interface goes down or comes back up, by the kernel's own announcements: an
 * administrator's `ip link set … down` takes every route of the interface along, and they do not
 * come back with it.
 */
import { endianness } from "node:os";
import type { Result } from "@pinhole/protocol/net";
import type { SystemError } from "./errno.ts";
import type { Libc } from "./libc.ts";
import { readLinkStates } from "./netlink-message.ts";
import { SOCKADDR_STORAGE_BYTES } from "./sockaddr.ts";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0x800;
const SOCK_CLOEXEC = 0x80000;
const NETLINK_ROUTE = 0;
const RTMGRP_LINK = 1;

const BUFFER_BYTES = 16_384;

export class LinkMonitor {
  readonly fd: number;
  readonly #libc: Libc;
  readonly #index: number;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #isUp: boolean | undefined;

  static open(libc: Libc, index: number): Result<LinkMonitor, SystemError> {
    const opened = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (!opened.ok) return opened;
    const bound = libc.bind(opened.value, linkGroup());
    if (bound.ok) return { ok: true, value: new LinkMonitor(libc, opened.value, index) };
    libc.close(opened.value);
    return bound;
  }

  private constructor(libc: Libc, fd: number, index: number) {
    this.#libc = libc;
    this.fd = fd;
    this.#index = index;
  }

  /** What has changed since the last call; the first time that it is up is no change. */
  read(): "down" | "up" | undefined {
    const before = this.#isUp;
    for (;;) {
      const received = this.#libc.recvfrom(this.fd, this.#buffer, new Uint8Array(SOCKADDR_STORAGE_BYTES));
      if (!received.ok) {
        // The kernel says so when it had more to tell than fits; what it tells next is the truth.
        if (received.error === "no-buffers") continue;
        break;
      }
      for (const { index, isUp } of readLinkStates(this.#buffer.subarray(0, received.value))) {
        if (index === this.#index) this.#isUp = isUp;
      }
    }
    if (before === undefined || before === this.#isUp) return undefined;
    return this.#isUp === true ? "up" : "down";
  }
}

/** `struct sockaddr_nl`: family 2, padding 2, port 4, groups 4. */
function linkGroup(): Uint8Array {
  const address = new DataView(new ArrayBuffer(12));
  const isLittleEndian = endianness() === "LE";
  address.setUint16(0, AF_NETLINK, isLittleEndian);
  address.setUint32(8, RTMGRP_LINK, isLittleEndian);
  return new Uint8Array(address.buffer);
}
