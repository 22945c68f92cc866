/**
 * The meaning of a policy written a second time, from its documentation and apart from its code: the document as JSON has
 * it, addresses as big numbers, everything looked at again for every packet. Slow, plain, and only for comparing.
 */
export type ReferenceDocument = {
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly hosts: Readonly<Record<string, string>>;
  readonly grants: readonly {
    readonly src: readonly string[];
    readonly dst: readonly string[];
    readonly ip: readonly string[];
    readonly expires?: string;
  }[];
};

export type ReferenceDevice = {
  readonly addresses: readonly string[];
  readonly tags: readonly string[];
  readonly user: string | null;
};

export type ReferencePacket = {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly port: number;
  readonly at: number;
};

/** For each grant what it fails at, `undefined` for one that lets the packet in. */
export function judgeSlowly(
  document: ReferenceDocument,
  devices: readonly ReferenceDevice[],
  packet: ReferencePacket,
): (string | undefined)[] {
  return document.grants.map((grant) => {
    if (isV6(packet.source) !== isV6(packet.destination)) return "family";
    if (!isAmong(document, devices, grant.src, packet.source)) return "source";
    if (!isAmong(document, devices, grant.dst, packet.destination)) return "destination";
    if (!grant.ip.some((service) => isOf(service, packet))) return "service";
    if (grant.expires !== undefined && packet.at >= Date.parse(grant.expires)) return "expires";
    return undefined;
  });
}

function isAmong(
  { groups, hosts }: ReferenceDocument,
  devices: readonly ReferenceDevice[],
  selectors: readonly string[],
  address: string,
): boolean {
  const device = devices.find(({ addresses }) => addresses.includes(address));
  const person = device === undefined || device.tags.length > 0 ? undefined : device.user?.toLowerCase();
  for (const selector of selectors) {
    if (selector === "*") return true;
    if (selector === "autogroup:member") {
      if (device !== undefined && device.tags.length === 0) return true;
    } else if (selector.startsWith("tag:")) {
      if (device?.tags.includes(selector) === true) return true;
    } else if (selector.startsWith("group:")) {
      for (const member of groups[selector] ?? []) if (member.toLowerCase() === person) return true;
    } else if (selector.includes("@")) {
      if (selector.toLowerCase() === person) return true;
    } else if (isInBlock(hosts[selector] ?? selector, address)) return true;
  }
  return false;
}

function isInBlock(block: string, address: string): boolean {
  const [base = "", length] = block.split("/");
  if (isV6(base) !== isV6(address)) return false;
  const bits = isV6(base) ? 128 : 32;
  const hostBits = BigInt(bits - Number(length ?? bits));
  return toNumber(base) >> hostBits === toNumber(address) >> hostBits;
}

const isV6 = (address: string): boolean => address.includes(":");

const numbers = new Map<string, bigint>();

function toNumber(address: string): bigint {
  const known = numbers.get(address) ?? readNumber(address);
  numbers.set(address, known);
  return known;
}

function readNumber(address: string): bigint {
  if (!isV6(address)) return address.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  const [head = "", tail = ""] = address.split("::");
  const [first, last] = [head, tail].map((text) => text.split(":").filter((group) => group !== ""));
  const zeros = Array.from({ length: 8 - (first?.length ?? 0) - (last?.length ?? 0) }, () => "0");
  return [...(first ?? []), ...zeros, ...(last ?? [])].reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n);
}

function isOf(service: string, { protocol, port }: ReferencePacket): boolean {
  if (service === "*") return true;
  if (service === "icmp") return protocol === 1 || protocol === 58;
  const [name, list] = service.includes(":") ? service.split(":") : ["", service];
  if (protocol !== 6 && protocol !== 17) return false;
  if ((name === "tcp" && protocol !== 6) || (name === "udp" && protocol !== 17)) return false;
  if (list === "*") return true;
  return (list ?? "").split(",").some((range) => {
    const [low, high] = range.split("-").map(Number);
    return port >= (low ?? 0) && port <= (high ?? low ?? 0);
  });
}
