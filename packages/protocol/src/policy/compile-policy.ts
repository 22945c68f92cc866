/**
 * A policy over the devices that there are: who may see whom, and what each device lets in.
 *
 * Default deny: what no grant names does not pass. A pair may talk when any grant joins the two in either direction, for
 * an answer needs a way back; what may come in unasked is the filter's alone.
 */
import { addressFamily } from "../address.ts";
import type { DeviceId } from "../ids.ts";
import { formatPrefix } from "../prefix.ts";
import { type FilterRule, MAX_SERVICES } from "./filter-rule.ts";
import type { Grant, Policy } from "./policy.ts";
import { addressesAt, blockOf, type PolicyDevice, toSelectors } from "./match-device.ts";
import type { Selector } from "./selector.ts";
import { parseServices } from "./service.ts";
import { strictest, type Transport } from "./transport.ts";

export type CompiledPolicy = {
  /** Whether the two may know each other: any grant, in either direction. */
  readonly mayTalk: (a: DeviceId, b: DeviceId) => boolean;
  /** Which ways the pair's packets may go: what the strictest grant that joins the two says, in either direction. */
  readonly transport: (a: DeviceId, b: DeviceId) => Transport;
  /** Whether the first may pass on the second's sealed packets: the two may talk, and the policy says so. */
  readonly mayRelay: (relay: DeviceId, device: DeviceId) => boolean;
  /** Those that the policy lets relay for anybody. */
  readonly relays: () => DeviceId[];
  /** What the device lets in. Empty for a device that is not known: nothing. */
  readonly filterFor: (deviceId: DeviceId) => FilterRule[];
};

/** Of a rule's `src`; a longer list becomes several rules. */
const MAX_SOURCES = 5_000;
const EVERYTHING = ["0.0.0.0/0", "::/0"];

type CompiledGrant = {
  readonly src: readonly Selector[];
  readonly dst: readonly Selector[];
  readonly sources: readonly string[];
  readonly allow: FilterRule["allow"];
};

/** The grants, by index, that a device is a source or a destination of. */
type Part = { readonly asSource: ReadonlySet<number>; readonly asDestination: readonly number[] };

export function compilePolicy(policy: Policy, devices: readonly PolicyDevice[]): CompiledPolicy {
  const byId = new Map(devices.map((device) => [device.id, device]));
  const grants = policy.grants.map((grant) => compileGrant(policy, grant, devices));
  const relays = policy.relays.map((grant) => ({ devices: toSelectors(grant.devices), for: toSelectors(grant.for) }));
  const parts = new Map<DeviceId, Part>();

  const partOf = (device: PolicyDevice): Part => {
    const known = parts.get(device.id);
    if (known !== undefined) return known;
    const indexes = (side: "src" | "dst") =>
      [...grants.keys()].filter((index) => addressesAt(policy, grants[index]?.[side] ?? [], device).length > 0);
    const part = { asSource: new Set(indexes("src")), asDestination: indexes("dst") };
    parts.set(device.id, part);
    return part;
  };
  const reaches = (from: PolicyDevice, to: PolicyDevice): boolean => {
    const { asSource } = partOf(from);
    return partOf(to).asDestination.some((index) => asSource.has(index));
  };
  const isPlain = policy.grants.every(({ transport }) => transport === undefined);
  const transportsOf = (from: PolicyDevice, to: PolicyDevice): Transport[] => {
    const { asSource } = partOf(from);
    const joining = partOf(to).asDestination.filter((index) => asSource.has(index));
    return joining.map((index) => policy.grants[index]?.transport ?? "prefer-direct");
  };

  return {
    mayTalk: (a, b) => {
      const [one, other] = [byId.get(a), byId.get(b)];
      if (one === undefined || other === undefined || a === b) return false;
      return reaches(one, other) || reaches(other, one);
    },
    transport: (a, b) => {
      const [one, other] = [byId.get(a), byId.get(b)];
      if (isPlain || one === undefined || other === undefined) return "prefer-direct";
      return strictest([...transportsOf(one, other), ...transportsOf(other, one)]);
    },
    mayRelay: (relay, device) => {
      const [one, other] = [byId.get(relay), byId.get(device)];
      if (one === undefined || other === undefined || one === other) return false;
      const isGranted = relays.some(
        (grant) =>
          addressesAt(policy, grant.devices, one).length > 0 && addressesAt(policy, grant.for, other).length > 0,
      );
      return isGranted && (reaches(one, other) || reaches(other, one));
    },
    relays: () =>
      devices
        .filter((device) => relays.some((grant) => addressesAt(policy, grant.devices, device).length > 0))
        .map(({ id }) => id),
    filterFor: (deviceId) => {
      const device = byId.get(deviceId);
      return device === undefined ? [] : grants.flatMap((grant) => rulesAt(policy, grant, device));
    },
  };
}

function compileGrant(policy: Policy, grant: Grant, devices: readonly PolicyDevice[]): CompiledGrant {
  const src = toSelectors(grant.src);
  return {
    src,
    dst: toSelectors(grant.dst),
    sources: sourcesOf(policy, src, devices),
    allow: grant.ip.flatMap((text) => parseServices(text) ?? []),
  };
}

/**
 * `*` is every source: the receiver takes a packet only with an inner source that belongs to the peer which sealed it, and
 * all its peers are of the team. So a rule for everybody stays as it is while devices come and go.
 */
function sourcesOf(policy: Policy, src: readonly Selector[], devices: readonly PolicyDevice[]): readonly string[] {
  if (src.some(({ kind }) => kind === "any")) return EVERYTHING;
  const sources = new Set(src.flatMap((selector) => blockOf(policy, selector) ?? []).map(formatPrefix));
  for (const device of devices) {
    for (const address of addressesAt(policy, src, device)) sources.add(hostPrefix(address));
  }
  return [...sources];
}

function rulesAt(
  policy: Policy,
  { dst: selectors, sources, allow }: CompiledGrant,
  device: PolicyDevice,
): FilterRule[] {
  const dst = addressesAt(policy, selectors, device).map(hostPrefix);
  if (dst.length === 0) return [];
  return chunksOf(sources, MAX_SOURCES).flatMap((src) =>
    chunksOf(allow, MAX_SERVICES).map((services): FilterRule => ({ src, dst, allow: services })),
  );
}

function chunksOf<Item>(items: readonly Item[], length: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / length) }, (_, chunk) =>
    items.slice(chunk * length, (chunk + 1) * length),
  );
}

const hostPrefix = (address: string): string => `${address}/${addressFamily(address) === 4 ? 32 : 128}`;
