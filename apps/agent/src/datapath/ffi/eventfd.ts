/** The wake-up: a descriptor that any thread makes readable. */
import type { Result } from "@pinhole/protocol/net";
import type { SystemError } from "./errno.ts";
import type { Libc } from "./libc.ts";

const EFD_NONBLOCK = 0x800;
const EFD_CLOEXEC = 0x80000;

/** Written with `fs.writeSync` by any thread, 8 bytes of a number above zero, to end a sleep. */
export function openEventfd(libc: Libc): Result<number, SystemError> {
  return libc.eventfd(EFD_NONBLOCK | EFD_CLOEXEC);
}

const counter = new Uint8Array(8);

export function clearEventfd(libc: Libc, fd: number): void {
  libc.read(fd, counter);
}
