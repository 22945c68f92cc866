/** IPv4 ICMP echo, made and read by hand: what the endpoint of a tunnel test speaks inside the tunnel. */

const IP_HEADER_BYTES = 20;
const ICMP_HEADER_BYTES = 8;
const ICMP = 1;
const ECHO_REQUEST = 8;
const ECHO_REPLY = 0;

export type Echo = {
  readonly kind: "request" | "reply";
  readonly source: string;
  readonly destination: string;
  readonly id: number;
  readonly sequence: number;
  readonly data: Uint8Array;
};

export function encodeEcho({ kind, source, destination, id, sequence, data }: Echo): Uint8Array {
  const packet = Buffer.alloc(IP_HEADER_BYTES + ICMP_HEADER_BYTES + data.length);
  packet[0] = 0x45;
  packet.writeUInt16BE(packet.length, 2);
  packet[8] = 64;
  packet[9] = ICMP;
  packet.set(addressBytes(source), 12);
  packet.set(addressBytes(destination), 16);
  packet.writeUInt16BE(checksum(packet.subarray(0, IP_HEADER_BYTES)), 10);

  const icmp = packet.subarray(IP_HEADER_BYTES);
  icmp[0] = kind === "request" ? ECHO_REQUEST : ECHO_REPLY;
  icmp.writeUInt16BE(id, 4);
  icmp.writeUInt16BE(sequence, 6);
  icmp.set(data, ICMP_HEADER_BYTES);
  icmp.writeUInt16BE(checksum(icmp), 2);
  return packet;
}

/** Undefined for whatever else a kernel sends of its own accord, and for a packet with a wrong checksum. */
export function decodeEcho(bytes: Uint8Array): Echo | undefined {
  const packet = Buffer.from(bytes);
  if (packet.length < IP_HEADER_BYTES + ICMP_HEADER_BYTES || packet[0] !== 0x45 || packet[9] !== ICMP) return undefined;
  const icmp = packet.subarray(IP_HEADER_BYTES);
  const type = icmp[0];
  if (checksum(icmp) !== 0 || (type !== ECHO_REQUEST && type !== ECHO_REPLY)) return undefined;
  return {
    kind: type === ECHO_REQUEST ? "request" : "reply",
    source: packet.subarray(12, 16).join("."),
    destination: packet.subarray(16, 20).join("."),
    id: icmp.readUInt16BE(4),
    sequence: icmp.readUInt16BE(6),
    data: icmp.subarray(ICMP_HEADER_BYTES),
  };
}

function addressBytes(address: string): Uint8Array {
  return Uint8Array.from(address.split("."), Number);
}

/** The Internet checksum of RFC 1071; 0 over a packet that carries its own right one. */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += bytes.readUInt8(at) * 256 + (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
