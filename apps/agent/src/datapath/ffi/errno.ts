/** The kernel's refusals that somebody acts on, by name; all others are "other", with their number in the words. */
import { constants } from "node:os";

export type SystemError =
  | "again"
  | "interrupted"
  | "no-buffers"
  | "unreachable"
  | "too-big"
  | "in-use"
  | "no-permission"
  | "no-device"
  | "no-file"
  | "not-supported"
  | "exists"
  | "not-found"
  | "bad-state"
  | "down"
  | "invalid"
  | "other";

const { errno } = constants;

/** EBADFD: a TUN descriptor whose interface is gone. Node has no name for it; the number is the same on every Linux it runs on. */
const EBADFD = 77;

const NAMES: ReadonlyMap<number, SystemError> = new Map([
  [errno.EAGAIN, "again"],
  [errno.EINTR, "interrupted"],
  [errno.ENOBUFS, "no-buffers"],
  [errno.ENOMEM, "no-buffers"],
  [errno.ENETUNREACH, "unreachable"],
  [errno.EHOSTUNREACH, "unreachable"],
  [errno.ENETDOWN, "unreachable"],
  [errno.EMSGSIZE, "too-big"],
  [errno.EADDRINUSE, "in-use"],
  [errno.EBUSY, "in-use"],
  [errno.EPERM, "no-permission"],
  [errno.EACCES, "no-permission"],
  [errno.ENODEV, "no-device"],
  [errno.ENXIO, "no-device"],
  [errno.ENOENT, "no-file"],
  [errno.EAFNOSUPPORT, "not-supported"],
  [errno.EPROTONOSUPPORT, "not-supported"],
  [errno.EOPNOTSUPP, "not-supported"],
  [errno.EADDRNOTAVAIL, "not-supported"],
  [errno.EEXIST, "exists"],
  [errno.ESRCH, "not-found"],
  [EBADFD, "bad-state"],
  [errno.EBADF, "bad-state"],
  [errno.EIO, "down"],
  [errno.EINVAL, "invalid"],
]);

export function systemError(number: number): SystemError {
  return NAMES.get(number) ?? "other";
}
