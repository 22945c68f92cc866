/** Descriptors that are not sockets: the wake-up and the set that the loop sleeps on. */
import type { Result } from "@pinhole/protocol/net";
import type { SystemError } from "./errno.ts";
import type { Libc } from "./libc.ts";

const EFD_NONBLOCK = 0x800;
const EFD_CLOEXEC = 0x80000;

/** Written with `fs.writeSync` by any thread, 8 bytes of a number above zero, to end a `poll`. */
export function openEventfd(libc: Libc): Result<number, SystemError> {
  return libc.eventfd(EFD_NONBLOCK | EFD_CLOEXEC);
}

const counter = new Uint8Array(8);

export function clearEventfd(libc: Libc, fd: number): void {
  libc.read(fd, counter);
}

const POLLIN = 0x001;
/** POLLERR, POLLHUP and POLLNVAL, which the kernel reports unasked. */
const POLLBROKEN = 0x008 | 0x010 | 0x020;

export type Readiness = "idle" | "ready" | "broken";

/** `struct pollfd` for each descriptor: fd 4, events 2, revents 2. */
export class PollSet {
  readonly #libc: Libc;
  readonly #bytes: Uint8Array;
  readonly #fds: Int32Array;
  readonly #events: Int16Array;

  constructor(libc: Libc, fds: readonly number[]) {
    this.#libc = libc;
    const buffer = new ArrayBuffer(fds.length * 8);
    this.#bytes = new Uint8Array(buffer);
    this.#fds = new Int32Array(buffer);
    this.#events = new Int16Array(buffer);
    for (const [at, fd] of fds.entries()) {
      this.#fds[at * 2] = fd;
      this.#events[at * 4 + 2] = POLLIN;
    }
  }

  /** Blocks the thread. A signal ends it early, with nothing ready. */
  wait(timeoutMs: number): Result<number, SystemError> {
    const result = this.#libc.poll(this.#bytes, timeoutMs);
    // The kernel leaves the old answers in place when it is interrupted.
    if (!result.ok) for (let at = 3; at < this.#events.length; at += 4) this.#events[at] = 0;
    return result;
  }

  readiness(at: number): Readiness {
    const events = this.#events[at * 4 + 3] ?? 0;
    if ((events & POLLIN) !== 0) return "ready";
    return (events & POLLBROKEN) === 0 ? "idle" : "broken";
  }

  /** A negative descriptor is one that poll skips. */
  forget(at: number): void {
    this.#fds[at * 2] = -1;
    this.#events[at * 4 + 3] = 0;
  }
}
