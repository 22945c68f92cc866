/**
 * The packet filter written a second time, from its rules and apart from its code: addresses as text, rules one by one,
 * flows in a map without bounds. Slow, plain, and only for comparing.
 */
import type { FilterRule } from "@pinhole/protocol/policy";
import { addressFamily, contains, parsePrefix } from "@pinhole/protocol/net";

export type Shape = {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly tcpFlags: number;
  readonly icmpType: number;
  readonly fragment: "none" | "first" | "later";
  readonly fragmentId: number;
  /** Of an ICMP error: what it is about. */
  readonly quoted?: Shape;
};

type Flow = {
  owner: "ours" | "theirs";
  expiresAt: number;
  lifetimeS: number;
  /** Of theirs: whether the rules that there were when somebody last asked let it in; null after a change of them. */
  isLetIn: boolean | null;
};

const TCP = 6;
const UDP = 17;
const [FIN, SYN, RST, ACK] = [0x01, 0x02, 0x04, 0x10];
const LIFETIME_S = { tcp: 7_440, closing: 240, udp: 180, echo: 60, fragments: 60 } as const;

export class ReferenceFilter {
  /** Seconds. */
  now = 0;
  readonly #self: readonly string[];
  readonly #peers: Readonly<Record<string, readonly string[]>>;
  readonly #flows = new Map<string, Flow>();
  readonly #fragmented = new Map<string, number>();
  #rules: readonly FilterRule[] = [];
  #allowed = new Map<Shape, boolean>();

  constructor(self: readonly string[], peers: Readonly<Record<string, readonly string[]>>) {
    this.#self = self;
    this.#peers = peers;
  }

  set rules(rules: readonly FilterRule[]) {
    this.#rules = rules;
    this.#allowed = new Map();
    for (const flow of this.#flows.values()) flow.isLetIn = null;
  }

  outbound(packet: Shape): boolean {
    if (!isReadable(packet) || !this.#self.includes(packet.source)) return false;
    if (packet.fragment === "later") return true;
    const name = flowName(packet, "out");
    if (!begins(packet) && this.#isCut(name, packet)) {
      this.#touch(name, LIFETIME_S.tcp);
      return false;
    }
    if (packet.protocol === TCP) {
      if (isFirstSyn(packet)) this.#open(name, "ours", LIFETIME_S.tcp);
      else this.#touch(name, isClosing(packet) ? LIFETIME_S.closing : LIFETIME_S.tcp);
    } else if (packet.protocol === UDP) this.#touchOrOpen(name, "ours", LIFETIME_S.udp);
    else if (isEchoRequest(packet)) this.#touchOrOpen(name, "ours", LIFETIME_S.echo);
    return true;
  }

  inbound(peer: string, packet: Shape): boolean {
    if (!isReadable(packet) || this.#self.includes(packet.source)) return false;
    if (!this.#peers[peer]?.includes(packet.source) || !this.#self.includes(packet.destination)) return false;
    const whole = `${packet.source} ${packet.destination} ${packet.fragmentId}`;
    if (packet.fragment === "later") {
      if ((this.#fragmented.get(whole) ?? 0) <= this.now) return false;
      this.#fragmented.set(whole, this.now + LIFETIME_S.fragments);
      return true;
    }
    if (!this.#admits(peer, packet)) return false;
    if (packet.fragment === "first") this.#fragmented.set(whole, this.now + LIFETIME_S.fragments);
    return true;
  }

  #admits(peer: string, packet: Shape): boolean {
    const name = flowName(packet, "in");
    const closing = packet.protocol === TCP && isClosing(packet) ? LIFETIME_S.closing : LIFETIME_S.tcp;
    if (this.#isAllowed(packet)) {
      if (packet.protocol === TCP) this.#touchOrOpen(name, "theirs", closing);
      else if (packet.protocol === UDP) this.#touchOrOpen(name, "theirs", LIFETIME_S.udp);
      else if (isEchoRequest(packet)) this.#touchOrOpen(name, "theirs", LIFETIME_S.echo);
      return true;
    }
    if (!begins(packet) && this.#known(name)?.owner === "ours") return this.#touch(name, closing);
    return this.#isErrorAboutUs(peer, packet);
  }

  /** Whether our packet answers a flow of theirs that the rules let in no more. */
  #isCut(name: string, { source, destination, sourcePort, protocol }: Shape): boolean {
    const flow = this.#known(name);
    if (flow?.owner !== "theirs") return false;
    const theirs = { source: destination, destination: source, protocol, destinationPort: sourcePort };
    flow.isLetIn ??= this.#rules.some((rule) => lets(rule, theirs));
    return !flow.isLetIn;
  }

  #isErrorAboutUs(peer: string, { protocol, icmpType, quoted }: Shape): boolean {
    const errors = protocol === 1 ? [3, 11, 12] : protocol === 58 ? [1, 2, 3, 4] : [];
    if (quoted === undefined || !errors.includes(icmpType)) return false;
    if (!this.#self.includes(quoted.source) || !this.#peers[peer]?.includes(quoted.destination)) return false;
    return [TCP, UDP, 1, 58].includes(quoted.protocol) && this.#known(flowName(quoted, "out")) !== undefined;
  }

  #isAllowed(packet: Shape): boolean {
    const known = this.#allowed.get(packet);
    if (known !== undefined) return known;
    const allowed = this.#rules.some((rule) => lets(rule, packet));
    this.#allowed.set(packet, allowed);
    return allowed;
  }

  #known(name: string): Flow | undefined {
    const flow = this.#flows.get(name);
    return flow === undefined || flow.expiresAt <= this.now ? undefined : flow;
  }

  #touch(name: string, mostS: number): boolean {
    const flow = this.#known(name);
    if (flow === undefined) return false;
    flow.lifetimeS = Math.min(flow.lifetimeS, mostS);
    flow.expiresAt = this.now + flow.lifetimeS;
    return true;
  }

  #touchOrOpen(name: string, owner: Flow["owner"], lifetimeS: number): void {
    if (!this.#touch(name, lifetimeS)) this.#open(name, owner, lifetimeS);
  }

  #open(name: string, owner: Flow["owner"], lifetimeS: number): void {
    this.#flows.set(name, { owner, lifetimeS, expiresAt: this.now + lifetimeS, isLetIn: true });
  }
}

type Entering = Pick<Shape, "source" | "destination" | "protocol" | "destinationPort">;

function lets({ src, dst, allow }: FilterRule, { source, destination, protocol, destinationPort }: Entering): boolean {
  const isIn = (prefixes: readonly string[], address: string): boolean =>
    prefixes.some((text) => {
      const prefix = parsePrefix(text);
      return prefix.ok && contains(prefix.value, address);
    });
  const isAllowed = allow.some(({ protocol: wanted, ports }) => {
    if (wanted !== null && wanted !== protocol) return false;
    if (ports === undefined) return true;
    return (protocol === TCP || protocol === UDP) && destinationPort >= ports[0] && destinationPort <= ports[1];
  });
  return isAllowed && isIn(src, source) && isIn(dst, destination);
}

/** Each ICMP belongs to its own IP; a later fragment has no header to be of the wrong one. */
function isReadable({ protocol, source, fragment }: Shape): boolean {
  return fragment === "later" || protocol !== (addressFamily(source) === 4 ? 58 : 1);
}

function isEchoRequest({ protocol, icmpType, fragment }: Shape): boolean {
  return fragment === "none" && ((protocol === 1 && icmpType === 8) || (protocol === 58 && icmpType === 128));
}

function isFirstSyn({ tcpFlags }: Shape): boolean {
  return (tcpFlags & (SYN | ACK)) === SYN;
}

/** What opens a flow whatever there was before. */
function begins(packet: Shape): boolean {
  return isEchoRequest(packet) || (packet.protocol === TCP && isFirstSyn(packet));
}

function isClosing({ tcpFlags }: Shape): boolean {
  return (tcpFlags & (FIN | RST)) !== 0;
}

const names = { in: new Map<Shape, string>(), out: new Map<Shape, string>() };

/** One name both ways: our end first. */
function flowName(packet: Shape, way: "in" | "out"): string {
  const known = names[way].get(packet);
  if (known !== undefined) return known;
  const { source, destination, protocol, icmpType, sourcePort, destinationPort } = packet;
  const echoes = protocol === 1 ? [0, 8] : protocol === 58 ? [128, 129] : [];
  const hasPorts = protocol === TCP || protocol === UDP;
  // The identifier of an echo stands for both ports. An error quotes eight bytes, of which these are the first four
  // or, for ICMP, whatever stands where an echo has its identifier.
  const identifier = echoes.includes(icmpType) ? sourcePort : 0;
  const from = `${source}:${hasPorts ? sourcePort : identifier}`;
  const to = `${destination}:${hasPorts ? destinationPort : identifier}`;
  const name = way === "out" ? `${protocol} ${from} ${to}` : `${protocol} ${to} ${from}`;
  names[way].set(packet, name);
  return name;
}
