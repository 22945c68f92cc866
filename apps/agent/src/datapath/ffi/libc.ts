/**
 * libc's functions with the lengths of their buffers checked.
 *
 * A wrong length here is memory corruption and no exception, so every call states how much the
 * kernel may read or write and that much is asserted to be there. An assertion that fails is a
 * bug and throws; what the kernel refuses is a value.
 *
 * Buffers are handed over for the length of a call alone: the kernel keeps no address of ours.
 * {@link Message} and {@link IoVectors} hold addresses, of memory that stays, and check their lengths themselves.
 */
import { err, ok, type Result } from "@pinhole/protocol/net";
import { systemError, type SystemError } from "./errno.ts";
import type { IoVectors } from "./io-vectors.ts";
import type { Message } from "./message.ts";
import type { Native } from "./native.ts";
import { SOCKADDR_STORAGE_BYTES } from "./sockaddr.ts";

export type Libc = {
  open(path: string, flags: number): Result<number, SystemError>;
  close(fd: number): void;
  read(fd: number, into: Uint8Array): Result<number, SystemError>;
  write(fd: number, from: Uint8Array): Result<number, SystemError>;
  /** All pieces in one call, which is one packet on a TUN interface. */
  writev(fd: number, from: IoVectors): Result<number, SystemError>;
  socket(domain: number, type: number, protocol: number): Result<number, SystemError>;
  bind(fd: number, address: Uint8Array): Result<number, SystemError>;
  /** Writes the address into `into` and yields its length. */
  getsockname(fd: number, into: Uint8Array): Result<number, SystemError>;
  setsockopt(
    fd: number,
    option: { readonly level: number; readonly name: number; readonly value: number },
  ): Result<number, SystemError>;
  sendto(fd: number, from: Uint8Array, to: Uint8Array): Result<number, SystemError>;
  /** Writes the sender into `sender`, which has room for any socket address; yields the payload's length. */
  recvfrom(fd: number, into: Uint8Array, sender: Uint8Array): Result<number, SystemError>;
  sendmsg(fd: number, message: Message): Result<number, SystemError>;
  /** Yields the payload's length; the rest is in the message. */
  recvmsg(fd: number, message: Message): Result<number, SystemError>;
  epoll_create1(flags: number): Result<number, SystemError>;
  epoll_ctl(
    epoll: number,
    operation: number,
    about: { readonly fd: number; readonly event: Uint8Array },
  ): Result<number, SystemError>;
  /** `events` is an array of `struct epoll_event`, as long as it takes. */
  epoll_wait(epoll: number, events: Uint8Array, timeoutMs: number): Result<number, SystemError>;
  eventfd(flags: number): Result<number, SystemError>;
  /** `argument` is at least as long as the request's own structure, which only the caller knows. */
  ioctl(fd: number, request: number, argument: Uint8Array): Result<number, SystemError>;
  /** For requests whose argument is a number and no pointer. */
  ioctlNumber(fd: number, request: number, argument: number): Result<number, SystemError>;
  socketpair(domain: number, type: number): Result<readonly [number, number], SystemError>;
  if_nametoindex(name: string): Result<number, SystemError>;
};

/** `struct epoll_event` has no gap in it on x86 alone. */
export const EPOLL_EVENT_BYTES = process.arch === "x64" || process.arch === "ia32" ? 12 : 16;
const INTERFACE_NAME_BYTES = 16;

/** Nothing interrupts this thread so often in a row. */
const MAX_INTERRUPTIONS = 100;

export function bindLibc({ bind, errno }: Native): Libc {
  const native = {
    open: bind("int open(const char *path, int flags, int mode)"),
    close: bind("int close(int fd)"),
    read: bind("long read(int fd, uint8_t *into, size_t length)"),
    write: bind("long write(int fd, const uint8_t *from, size_t length)"),
    writev: bind("long writev(int fd, uintptr_t vectors, int count)"),
    socket: bind("int socket(int domain, int type, int protocol)"),
    socketpair: bind("int socketpair(int domain, int type, int protocol, uint8_t *fds)"),
    bind: bind("int bind(int fd, const uint8_t *address, uint32_t length)"),
    getsockname: bind("int getsockname(int fd, uint8_t *address, uint8_t *length)"),
    setsockopt: bind("int setsockopt(int fd, int level, int name, const uint8_t *value, uint32_t length)"),
    sendto: bind(
      "long sendto(int fd, const uint8_t *from, size_t length, int flags, const uint8_t *to, uint32_t toLength)",
    ),
    recvfrom: bind(
      "long recvfrom(int fd, uint8_t *into, size_t length, int flags, uint8_t *sender, uint8_t *senderLength)",
    ),
    sendmsg: bind("long sendmsg(int fd, uintptr_t message, int flags)"),
    recvmsg: bind("long recvmsg(int fd, uintptr_t message, int flags)"),
    epoll_create1: bind("int epoll_create1(int flags)"),
    epoll_ctl: bind("int epoll_ctl(int epoll, int operation, int fd, uint8_t *event)"),
    epoll_wait: bind("int epoll_wait(int epoll, uint8_t *events, int count, int timeout)"),
    eventfd: bind("int eventfd(unsigned int initial, int flags)"),
    ioctl: bind("int ioctl(int fd, unsigned long request, uint8_t *argument)"),
    ioctlNumber: bind("int ioctl(int fd, unsigned long request, unsigned long argument)"),
    if_nametoindex: bind("unsigned int if_nametoindex(const char *name)"),
  };

  /** One `int` that the kernel reads and writes, at its own address. */
  const int = new Int32Array(1);
  const intBytes = new Uint8Array(int.buffer);

  const outcome = (result: number): Result<number, SystemError> =>
    result >= 0 ? { ok: true, value: result } : { ok: false, error: systemError(errno()) };

  const uninterrupted = (call: () => number): Result<number, SystemError> => {
    for (let tries = 0; ; tries++) {
      const result = outcome(call());
      if (result.ok || result.error !== "interrupted" || tries === MAX_INTERRUPTIONS) return result;
    }
  };

  return {
    open: (path, flags) => uninterrupted(() => native.open(path, flags, 0)),
    close: (fd) => void native.close(fd),
    read: (fd, into) => uninterrupted(() => native.read(fd, mutable(into, 1), into.length)),
    write: (fd, from) => uninterrupted(() => native.write(fd, readable(from, 0), from.length)),
    writev: (fd, from) => uninterrupted(() => native.writev(fd, from.address, from.count)),
    socket: (domain, type, protocol) => outcome(native.socket(domain, type, protocol)),
    bind: (fd, address) => outcome(native.bind(fd, readable(address, 2), address.length)),
    getsockname(fd, into) {
      int[0] = mutable(into, SOCKADDR_STORAGE_BYTES).length;
      const result = outcome(native.getsockname(fd, into, intBytes));
      return result.ok ? ok(Math.min(int[0] ?? 0, into.length)) : result;
    },
    setsockopt(fd, { level, name, value }) {
      int[0] = value;
      return outcome(native.setsockopt(fd, level, name, intBytes, intBytes.length));
    },
    sendto: (fd, from, to) =>
      uninterrupted(() => native.sendto(fd, readable(from, 0), from.length, 0, readable(to, 2), to.length)),
    recvfrom(fd, into, sender) {
      mutable(sender, SOCKADDR_STORAGE_BYTES);
      return uninterrupted(() => {
        int[0] = sender.length;
        return native.recvfrom(fd, mutable(into, 1), into.length, 0, sender, intBytes);
      });
    },
    sendmsg: (fd, message) => uninterrupted(() => native.sendmsg(fd, message.address, 0)),
    recvmsg: (fd, message) => uninterrupted(() => native.recvmsg(fd, message.address, 0)),
    epoll_create1: (flags) => outcome(native.epoll_create1(flags)),
    epoll_ctl: (epoll, operation, { fd, event }) =>
      outcome(native.epoll_ctl(epoll, operation, fd, mutable(event, EPOLL_EVENT_BYTES))),
    epoll_wait(epoll, events, timeoutMs) {
      if (events.length % EPOLL_EVENT_BYTES !== 0) throw new RangeError("not whole epoll events");
      const count = mutable(events, EPOLL_EVENT_BYTES).length / EPOLL_EVENT_BYTES;
      return outcome(native.epoll_wait(epoll, events, count, timeoutMs));
    },
    eventfd: (flags) => outcome(native.eventfd(0, flags)),
    ioctl: (fd, request, argument) => outcome(native.ioctl(fd, request, mutable(argument, 4))),
    ioctlNumber: (fd, request, argument) => outcome(native.ioctlNumber(fd, request, argument)),
    socketpair(domain, type) {
      const fds = new Int32Array(2);
      const result = outcome(native.socketpair(domain, type, 0, new Uint8Array(fds.buffer)));
      return result.ok ? ok([fds[0] ?? -1, fds[1] ?? -1] as const) : result;
    },
    if_nametoindex(name) {
      if (Buffer.byteLength(name) >= INTERFACE_NAME_BYTES) return err("invalid");
      const index: number = native.if_nametoindex(name);
      return index > 0 ? ok(index) : err("no-device");
    },
  };
}

/** The kernel may write all of `bytes`: they must be there, and be nobody's constant. */
function mutable(bytes: Uint8Array, least: number): Uint8Array {
  if (bytes.length < least) throw new RangeError(`the kernel needs ${least} bytes, here are ${bytes.length}`);
  return stable(bytes);
}

function readable(bytes: Uint8Array, least: number): Uint8Array {
  if (bytes.length < least) throw new RangeError(`the kernel reads ${least} bytes, here are ${bytes.length}`);
  return stable(bytes);
}

/** Memory that can shrink or move under the kernel's hands is refused: its checked length would mean nothing. */
function stable(bytes: Uint8Array): Uint8Array {
  if (bytes.buffer instanceof ArrayBuffer && bytes.buffer.resizable) throw new RangeError("a resizable buffer");
  return bytes;
}
