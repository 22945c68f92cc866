/**
 * The TUN interface's descriptor: one read is one IP packet that the host routes into the
 * overlay, one write is one packet for the host. The interface lives as long as the descriptor.
 */
import { err, ok, type Result } from "@pinhole/protocol/net";
import type { SystemError } from "./errno.ts";
import type { Libc } from "./libc.ts";

export type TunDevice = { readonly fd: number; readonly name: string };

const O_RDWR = 0x2;
const O_NONBLOCK = 0x800;
const O_CLOEXEC = 0x80000;

const TUNSETIFF = 0x400454ca;
const IFF_TUN = 0x0001;
/** Bare packets, without four bytes of flags before each. */
const IFF_NO_PI = 0x1000;

/** `struct ifreq`: a name of 16 bytes with its final zero, then a union of 24. */
const IFREQ_BYTES = 40;
const IFNAMSIZ = 16;

/** What Linux takes for an interface's name, less the characters that mean something to others. */
const NAME = /^[A-Za-z0-9_.-]{1,15}$/;

export type TunError = { readonly step: "name" | "open" | "attach"; readonly error: SystemError };

export function openTun(libc: Libc, name: string): Result<TunDevice, TunError> {
  if (!NAME.test(name) || name === "." || name === "..") return err({ step: "name", error: "invalid" });
  const opened = libc.open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (!opened.ok) return err({ step: "open", error: opened.error });

  const request = Buffer.alloc(IFREQ_BYTES);
  request.write(name, 0, IFNAMSIZ - 1, "latin1");
  new Uint16Array(request.buffer, request.byteOffset + IFNAMSIZ, 1)[0] = IFF_TUN | IFF_NO_PI;
  const attached = libc.ioctl(opened.value, TUNSETIFF, request);
  if (!attached.ok) {
    libc.close(opened.value);
    return err({ step: "attach", error: attached.error });
  }
  return ok({ fd: opened.value, name });
}
