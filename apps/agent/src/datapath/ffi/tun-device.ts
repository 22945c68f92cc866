/**
 * The TUN interface's descriptor: one read is one IP packet that the host routes into the
 * overlay, one write is one packet for the host. Before each packet, both ways, stands a
 * {@link VirtioHeader}: the packet may be one that is yet to be segmented.
 *
 * The interface lives as long as the descriptor.
 */
import { err, ok, type Result } from "@pinhole/protocol/net";
import type { SystemError } from "./errno.ts";
import type { Libc } from "./libc.ts";

export type TunDevice = {
  readonly fd: number;
  readonly name: string;
  /** The kernel cuts UDP, too (Linux 6.2). */
  readonly segmentsUdp: boolean;
};

const O_RDWR = 0x2;
const O_NONBLOCK = 0x800;
const O_CLOEXEC = 0x80000;

const TUNSETIFF = 0x400454ca;
const IFF_TUN = 0x0001;
/** Bare packets, without four bytes of flags before each. */
const IFF_NO_PI = 0x1000;
const IFF_VNET_HDR = 0x4000;

const TUNSETOFFLOAD = 0x400454d0;
const TUN_F_CSUM = 0x01;
const TUN_F_TSO4 = 0x02;
const TUN_F_TSO6 = 0x04;
const TUN_F_USO4 = 0x20;
const TUN_F_USO6 = 0x40;

/** `struct ifreq`: a name of 16 bytes with its final zero, then a union of 24. */
const IFREQ_BYTES = 40;
const IFNAMSIZ = 16;

/** What Linux takes for an interface's name, less the characters that mean something to others. */
const NAME = /^[A-Za-z0-9_.-]{1,15}$/;

export type TunError = { readonly step: "name" | "open" | "attach"; readonly error: SystemError };

export function isInterfaceName(text: string): boolean {
  return NAME.test(text) && text !== "." && text !== "..";
}

export function openTun(libc: Libc, name: string): Result<TunDevice, TunError> {
  if (!isInterfaceName(name)) return err({ step: "name", error: "invalid" });
  const opened = libc.open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (!opened.ok) return err({ step: "open", error: opened.error });

  const request = Buffer.alloc(IFREQ_BYTES);
  request.write(name, 0, IFNAMSIZ - 1, "latin1");
  new Uint16Array(request.buffer, request.byteOffset + IFNAMSIZ, 1)[0] = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR;
  const attached = libc.ioctl(opened.value, TUNSETIFF, request);
  if (!attached.ok) {
    libc.close(opened.value);
    return err({ step: "attach", error: attached.error });
  }
  return ok({ fd: opened.value, name, segmentsUdp: offload(libc, opened.value) });
}

/** Asks for packets to be handed over whole; a kernel that refuses all of it hands them over ready. */
function offload(libc: Libc, fd: number): boolean {
  const tcp = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;
  const both = libc.ioctlNumber(fd, TUNSETOFFLOAD, tcp | TUN_F_USO4 | TUN_F_USO6);
  if (!both.ok) libc.ioctlNumber(fd, TUNSETOFFLOAD, tcp);
  return both.ok;
}
