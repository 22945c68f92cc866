/** UDP sockets of the fast way: opening them, and what is set on them while they are open. */
import { err, ok, type AddressFamily, type Result } from "@pinhole/protocol/net";
import type { SystemError } from "./errno.ts";
import type { Libc } from "./libc.ts";
import { AF_INET, AF_INET6, decodeSockaddr, SOCKADDR_STORAGE_BYTES, wildcard } from "./sockaddr.ts";

export type UdpSocket = { readonly fd: number; readonly family: AddressFamily; readonly port: number };

const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0x800;
const SOCK_CLOEXEC = 0x80000;

const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const IPPROTO_IP = 0;
const IP_TTL = 2;
const IP_MTU_DISCOVER = 10;
const SOL_UDP = 17;
const UDP_GRO = 104;
const IPPROTO_IPV6 = 41;
const IPV6_UNICAST_HOPS = 16;
const IPV6_MTU_DISCOVER = 23;
const IPV6_V6ONLY = 26;

/** Cut where needed. */
const PMTUDISC_DONT = 0;
/** "Don't fragment", whatever the kernel believes that the path carries. */
const PMTUDISC_PROBE = 3;

/** The system's own, for either family. */
const DEFAULT_TTL = -1;

/** Rides out the moments in which the loop does something else: 10 ms at 3 Gbit/s. */
const BUFFER_BYTES = 4 * 1024 * 1024;

/** How often a random port that only one family had free is drawn again. */
const MAX_DRAWS = 16;

/**
 * An IPv4 and an IPv6 socket, on one port where that is possible, so that one forwarded port
 * serves both. A machine without one of the families has one socket.
 */
export function openUdpSockets(libc: Libc, port: number): Result<readonly UdpSocket[], SystemError> {
  const opened = openOnOnePort(libc, port);
  if (opened.ok) for (const socket of opened.value) widenUdpSocket(libc, socket);
  return opened;
}

/** One with the system's ordinary buffers: a few hundred of them may be open for some seconds. */
export function openUdpSocket(libc: Libc, family: AddressFamily, port: number): Result<UdpSocket, SystemError> {
  const opened = libc.socket(family === 4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (!opened.ok) return opened;
  const fd = opened.value;
  const bound = configure(libc, fd, { family, port });
  if (!bound.ok) libc.close(fd);
  return bound;
}

export function widenUdpSocket(libc: Libc, { fd }: UdpSocket): void {
  enlarge(libc, fd, SO_RCVBUFFORCE, SO_RCVBUF);
  enlarge(libc, fd, SO_SNDBUFFORCE, SO_SNDBUF);
}

type SpecialDatagram = {
  readonly to: Uint8Array;
  readonly datagram: Uint8Array;
  readonly options: { readonly ttl?: number; readonly dontFragment?: boolean };
};

/** Sends with settings of its own: this thread is the only one that uses the socket, so nothing else leaves in between. */
export function sendWithOptions(
  libc: Libc,
  { fd, family }: UdpSocket,
  { to, datagram, options: { ttl, dontFragment = false } }: SpecialDatagram,
): Result<number, SystemError> {
  const level = family === 4 ? IPPROTO_IP : IPPROTO_IPV6;
  const hops = { level, name: family === 4 ? IP_TTL : IPV6_UNICAST_HOPS };
  const discovery = { level, name: family === 4 ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER };
  if (ttl !== undefined) {
    const set = libc.setsockopt(fd, { ...hops, value: ttl });
    if (!set.ok) return set;
  }
  if (dontFragment) libc.setsockopt(fd, { ...discovery, value: PMTUDISC_PROBE });
  const sent = libc.sendto(fd, datagram, to);
  if (ttl !== undefined) libc.setsockopt(fd, { ...hops, value: DEFAULT_TTL });
  if (dontFragment) libc.setsockopt(fd, { ...discovery, value: PMTUDISC_DONT });
  return sent;
}

function openOnOnePort(libc: Libc, port: number): Result<readonly UdpSocket[], SystemError> {
  for (let draw = 1; ; draw++) {
    const v4 = openUdpSocket(libc, 4, port);
    if (!v4.ok && v4.error !== "not-supported") return v4;
    const shared = v4.ok ? v4.value.port : port;
    const v6 = openUdpSocket(libc, 6, shared);
    if (v6.ok) return ok(v4.ok ? [v4.value, v6.value] : [v6.value]);
    if (!v4.ok) return v6;
    if (v6.error !== "in-use" || port !== 0 || draw === MAX_DRAWS) {
      const apart = v6.error === "in-use" ? openUdpSocket(libc, 6, 0) : v6;
      return ok(apart.ok ? [v4.value, apart.value] : [v4.value]);
    }
    libc.close(v4.value.fd);
  }
}

function configure(
  libc: Libc,
  fd: number,
  { family, port }: { readonly family: AddressFamily; readonly port: number },
): Result<UdpSocket, SystemError> {
  if (family === 6) {
    const only = libc.setsockopt(fd, { level: IPPROTO_IPV6, name: IPV6_V6ONLY, value: 1 });
    if (!only.ok) return only;
    libc.setsockopt(fd, { level: IPPROTO_IPV6, name: IPV6_MTU_DISCOVER, value: PMTUDISC_DONT });
  } else {
    // No "don't fragment": a path narrower than our packets must slow down and not go dark.
    libc.setsockopt(fd, { level: IPPROTO_IP, name: IP_MTU_DISCOVER, value: PMTUDISC_DONT });
  }
  // A kernel that does not know it (before Linux 5.0) hands over one datagram at a time.
  libc.setsockopt(fd, { level: SOL_UDP, name: UDP_GRO, value: 1 });
  const bound = libc.bind(fd, wildcard(family, port));
  if (!bound.ok) return bound;
  const sockaddr = new Uint8Array(SOCKADDR_STORAGE_BYTES);
  const named = libc.getsockname(fd, sockaddr);
  if (!named.ok) return named;
  const local = decodeSockaddr(sockaddr);
  return local === undefined ? err("other") : ok({ fd, family, port: local.port });
}

/** Past the system's limit where we may, else up to it. */
function enlarge(libc: Libc, fd: number, force: number, polite: number): void {
  const forced = libc.setsockopt(fd, { level: SOL_SOCKET, name: force, value: BUFFER_BYTES });
  if (!forced.ok) libc.setsockopt(fd, { level: SOL_SOCKET, name: polite, value: BUFFER_BYTES });
}
