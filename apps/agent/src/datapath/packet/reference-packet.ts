/**
 * TCP and UDP packets written and read the slow and plain way, for tests to compare with: nothing
 * of it is shared with the code under test.
 */

export type ReferencePacket = {
  readonly family: 4 | 6;
  readonly source: readonly number[];
  readonly destination: readonly number[];
  readonly trafficClass: number;
  readonly hopLimit: number;
  /** IPv4 alone. */
  readonly id: number;
  readonly dontFragment: boolean;
  /** IPv6 alone. */
  readonly flowLabel: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly transport: ReferenceTcp | { readonly kind: "udp" };
  readonly payload: readonly number[];
};

export type ReferenceTcp = {
  readonly kind: "tcp";
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: number;
  readonly window: number;
  readonly urgent: number;
  /** A multiple of four bytes. */
  readonly options: readonly number[];
};

export const Flag = { fin: 0x01, syn: 0x02, rst: 0x04, psh: 0x08, ack: 0x10, urg: 0x20, ece: 0x40, cwr: 0x80 } as const;

/** One to change something about. */
export const TCP4 = {
  family: 4,
  source: [100, 90, 0, 1],
  destination: [100, 90, 0, 2],
  trafficClass: 0,
  hopLimit: 64,
  id: 7,
  dontFragment: true,
  flowLabel: 0,
  sourcePort: 1_000,
  destinationPort: 2_000,
  transport: {
    kind: "tcp",
    sequence: 2,
    acknowledgement: 3,
    flags: Flag.ack,
    window: 4,
    urgent: 0,
    options: [] as readonly number[],
  },
  payload: [1],
} as const satisfies ReferencePacket;

export function buildReference(packet: ReferencePacket): Uint8Array {
  const transport = buildTransport(packet);
  const protocol = packet.transport.kind === "tcp" ? 6 : 17;
  const checksumAt = packet.transport.kind === "tcp" ? 16 : 6;
  const checksum = onesComplement([...pseudoHeader(packet, protocol, transport.length), ...transport]);
  transport.splice(checksumAt, 2, ...u16(checksum === 0 && protocol === 17 ? 0xffff : checksum));
  return Uint8Array.from([...buildIp(packet, protocol, transport.length), ...transport]);
}

/** What a network card makes of a packet that is to be cut: RFC 9293 and the kernel's tcp_gso_segment, udp_gso_segment. */
export function segmentReference(packet: ReferencePacket, segmentBytes: number): ReferencePacket[] {
  const pieces: ReferencePacket[] = [];
  for (let at = 0; at < packet.payload.length; at += segmentBytes) {
    const payload = packet.payload.slice(at, at + segmentBytes);
    const isLast = at + segmentBytes >= packet.payload.length;
    const { transport } = packet;
    const id = (packet.id + pieces.length) % 0x10000;
    if (transport.kind === "udp") pieces.push({ ...packet, id, payload });
    else {
      const notHere = (isLast ? 0 : Flag.fin | Flag.psh) | (at === 0 ? 0 : Flag.cwr);
      const sequence = (transport.sequence + at) % 2 ** 32;
      pieces.push({ ...packet, id, payload, transport: { ...transport, sequence, flags: transport.flags & ~notHere } });
    }
  }
  return pieces;
}

/** The packet as a host leaves it to its network card: whole, with the pseudo-header's sum for a checksum. */
export function buildUnfinished(packet: ReferencePacket): Uint8Array {
  const bytes = buildReference(packet);
  const isTcp = packet.transport.kind === "tcp";
  const transportAt = packet.family === 4 ? 20 : 40;
  const length = bytes.length - transportAt;
  const sum = 0xffff - onesComplement(pseudoHeader(packet, isTcp ? 6 : 17, length));
  bytes.set(u16(sum), transportAt + (isTcp ? 16 : 6));
  return bytes;
}

function buildIp(packet: ReferencePacket, protocol: number, length: number): number[] {
  const { source, destination, trafficClass, hopLimit, flowLabel } = packet;
  if (packet.family === 6) {
    const first = 0x60000000 + trafficClass * 0x100000 + flowLabel;
    return [...u32(first), ...u16(length), protocol, hopLimit, ...source, ...destination];
  }
  const fragment = packet.dontFragment ? 0x4000 : 0;
  const start = [0x45, trafficClass, ...u16(20 + length), ...u16(packet.id), ...u16(fragment), hopLimit, protocol];
  const checksum = onesComplement([...start, 0, 0, ...source, ...destination]);
  return [...start, ...u16(checksum), ...source, ...destination];
}

function buildTransport({ sourcePort, destinationPort, transport, payload }: ReferencePacket): number[] {
  const ports = [...u16(sourcePort), ...u16(destinationPort)];
  if (transport.kind === "udp") return [...ports, ...u16(8 + payload.length), 0, 0, ...payload];
  const { sequence, acknowledgement, flags, window, urgent, options } = transport;
  const offset = (20 + options.length) / 4;
  const header = [...u32(sequence), ...u32(acknowledgement), offset * 16, flags, ...u16(window), 0, 0, ...u16(urgent)];
  return [...ports, ...header, ...options, ...payload];
}

function pseudoHeader({ family, source, destination }: ReferencePacket, protocol: number, length: number): number[] {
  const addresses = [...source, ...destination];
  return family === 4 ? [...addresses, 0, protocol, ...u16(length)] : [...addresses, ...u32(length), 0, 0, 0, protocol];
}

/** RFC 1071, word by word. */
function onesComplement(bytes: readonly number[]): number {
  let sum = 0;
  for (const [at, byte] of bytes.entries()) sum += at % 2 === 0 ? byte * 256 : byte;
  while (sum >= 0x10000) sum = (sum % 0x10000) + Math.floor(sum / 0x10000);
  return 0xffff - sum;
}

const u16 = (value: number): number[] => [Math.floor(value / 256) % 256, value % 256];
const u32 = (value: number): number[] => [...u16(Math.floor(value / 0x10000)), ...u16(value % 0x10000)];
