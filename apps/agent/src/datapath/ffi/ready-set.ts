/**
 * The descriptors that the loop sleeps on, by `epoll`: a turn costs what is ready and not what is
 * watched, so a few hundred idle sockets cost nothing.
 *
 * `struct epoll_event` is events 4, on most machines a gap of 4, data 8; the data are the
 * descriptor itself. Level-triggered: what a handler leaves is reported again.
 */
import { ok, type Result } from "@pinhole/protocol/net";
import type { SystemError } from "./errno.ts";
import { EPOLL_EVENT_BYTES, type Libc } from "./libc.ts";

const EPOLL_CLOEXEC = 0x80000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
/** Errors and hang-ups are reported unasked: whoever reads then finds out. */
const EPOLLIN = 0x001;

/** In 32-bit words: what is no gap and no event is the data's, of which the first half is enough. */
const EVENT_WORDS = EPOLL_EVENT_BYTES / 4;
const DATA_AT = EVENT_WORDS - 2;

/** Of one sleep; those that find no place come with the next. */
const MAX_EVENTS = 64;

export class ReadySet {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #handlers = new Map<number, () => void>();
  readonly #change = new Uint32Array(EVENT_WORDS);
  readonly #changeBytes = new Uint8Array(this.#change.buffer);
  readonly #events = new Uint32Array(EVENT_WORDS * MAX_EVENTS);
  readonly #eventBytes = new Uint8Array(this.#events.buffer);

  static open(libc: Libc): Result<ReadySet, SystemError> {
    const opened = libc.epoll_create1(EPOLL_CLOEXEC);
    return opened.ok ? ok(new ReadySet(libc, opened.value)) : opened;
  }

  private constructor(libc: Libc, fd: number) {
    this.#libc = libc;
    this.#fd = fd;
  }

  add(fd: number, onReady: () => void): Result<number, SystemError> {
    this.#change[0] = EPOLLIN;
    this.#change[DATA_AT] = fd;
    const added = this.#libc.epoll_ctl(this.#fd, EPOLL_CTL_ADD, { fd, event: this.#changeBytes });
    if (added.ok) this.#handlers.set(fd, onReady);
    return added;
  }

  /** Before `fd` is closed: its number may be another descriptor's in the next moment. */
  remove(fd: number): void {
    this.#handlers.delete(fd);
    this.#libc.epoll_ctl(this.#fd, EPOLL_CTL_DEL, { fd, event: this.#changeBytes });
  }

  /** Blocks the thread until something is ready, and calls for it. A signal ends the sleep early. */
  wait(timeoutMs: number): void {
    const ready = this.#libc.epoll_wait(this.#fd, this.#eventBytes, timeoutMs);
    if (!ready.ok) return;
    // A handler may close what another event of this round is about: it is then not found.
    for (let at = 0; at < ready.value; at++) {
      this.#handlers.get(this.#events[at * EVENT_WORDS + DATA_AT] ?? -1)?.();
    }
  }

  close(): void {
    this.#handlers.clear();
    this.#libc.close(this.#fd);
  }
}
