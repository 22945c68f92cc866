/** One request to the routing netlink, and the kernel's answer to it. */
import { endianness } from "node:os";
import { err, ok, type Result } from "@pinhole/protocol/net";
import { type SystemError, systemError } from "./errno.ts";
import type { Libc } from "./libc.ts";
import { readAcknowledgement } from "./netlink-message.ts";
import { SOCKADDR_STORAGE_BYTES } from "./sockaddr.ts";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0x800;
const SOCK_CLOEXEC = 0x80000;
const NETLINK_ROUTE = 0;

/** `struct sockaddr_nl`, all zeros but the family: the kernel itself. */
const KERNEL =
  endianness() === "LE"
    ? Uint8Array.of(AF_NETLINK, 0, ...Array(10).fill(0))
    : Uint8Array.of(0, AF_NETLINK, ...Array(10).fill(0));
const ANSWER_BYTES = 8_192;

export function askNetlink(libc: Libc, request: Uint8Array): Result<void, SystemError> {
  const opened = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (!opened.ok) return opened;
  try {
    const sent = libc.sendto(opened.value, request, KERNEL);
    if (!sent.ok) return sent;
    // The kernel has done it, or refused, before sendto returned: the answer is there.
    const answer = new Uint8Array(ANSWER_BYTES);
    const received = libc.recvfrom(opened.value, answer, new Uint8Array(SOCKADDR_STORAGE_BYTES));
    if (!received.ok) return received;
    const errno = readAcknowledgement(answer.subarray(0, received.value));
    if (errno === undefined) return err("other");
    return errno === 0 ? ok(undefined) : err(systemError(errno));
  } finally {
    libc.close(opened.value);
  }
}
