/**
 * How far one session's agent has been told of the netmap, and what it has to be told next.
 *
 * A change of one device costs each session the look at that one device. What a new policy changes is worked out once for
 * all devices of a kind (see known-peers.ts). A delta names what is another for this device and nothing else. Of
 * a change of devices that concern it in nothing there is none, and the agent's revision stays behind.
 */
import type { DeviceId, TeamId } from "@pinhole/protocol";
import { type DeltaPart, MAX_PEERS, type NetmapDelta, type SessionEvent } from "@pinhole/protocol/control";
import { diffFilter, type FilterRule } from "@pinhole/protocol/policy";
import { hashFilter } from "../policy/hash-filter.ts";
import {
  buildFewChanges,
  buildMissed,
  buildNetmap,
  buildPolicyChange,
  buildSelf,
  type NetmapInputs,
  type NetmapServices,
  type PeerChange,
  relayPeerIds,
  visibilityKey,
  visiblePeerIds,
} from "./build-netmap.ts";
import type { TeamCache, TeamSnapshot } from "./team-cache.ts";

/** An agent further behind is told of the revision, or it could not resume from its own for long. */
const MAX_BEHIND = 512;

export type CursorStep =
  | {
      readonly kind: "map";
      readonly event: SessionEvent;
      readonly peersChanged: boolean;
      /** Who of the peers that come is online is said with them, and nothing else about presence is new. */
      readonly saysPresence?: true;
    }
  | { readonly kind: "nothing-new" }
  | { readonly kind: "revoked" }
  /** The read failed; what the agent holds stands. */
  | { readonly kind: "unreadable" };

export type CursorSource = {
  readonly teams: TeamCache;
  readonly services: NetmapServices;
  isOnline(deviceId: DeviceId): boolean;
  reportError(what: string, error: unknown): void;
};

/** Everything of a map but its peers, to leave out of a delta what stays the same. */
type Frame = { readonly filter: FilterRule[]; readonly self: string };

type Sent = {
  /** Which the agent holds. */
  readonly revision: number;
  /** As of which it knows everything that concerns it; never older. */
  readonly snapshot: TeamSnapshot;
  readonly visibility: string;
  readonly frame: Frame;
};

const NOTHING_NEW: CursorStep = { kind: "nothing-new" };

export class NetmapCursor {
  readonly #source: CursorSource;
  readonly #device: { readonly deviceId: DeviceId; readonly teamId: TeamId };
  /** The revision that the agent says it holds. */
  readonly #held: number | null;
  readonly #understands: ReadonlySet<string>;
  #sent: Sent | undefined;

  constructor(
    source: CursorSource,
    device: { readonly deviceId: DeviceId; readonly teamId: TeamId },
    {
      revision,
      understands = [],
    }: { readonly revision: number | null; readonly understands?: readonly string[] | undefined },
  ) {
    this.#source = source;
    this.#device = device;
    this.#held = revision;
    this.#understands = new Set(understands);
  }

  #knows(part: DeltaPart): boolean {
    return this.#understands.has(part);
  }

  /** Whether the agent has been told of any map in this session. */
  get hasBegun(): boolean {
    return this.#sent !== undefined;
  }

  /** Whether the agent has been told of the device. */
  isPeer(id: DeviceId): boolean {
    return this.#sent?.snapshot.policy.mayTalk(this.#device.deviceId, id) === true;
  }

  /** Whom the agent has been told of. */
  peers(): DeviceId[] {
    return this.#sent === undefined ? [] : visiblePeerIds(this.#sent.snapshot, this.#device.deviceId);
  }

  /** Those of them that a relay may carry anything to. */
  relayPeers(): DeviceId[] {
    return this.#sent === undefined ? [] : relayPeerIds(this.#sent.snapshot, this.#device.deviceId);
  }

  read(): CursorStep {
    try {
      return this.#read();
    } catch (error) {
      this.#source.reportError("netmap", error);
      return { kind: "unreadable" };
    }
  }

  #read(): CursorStep {
    const { teams, services } = this.#source;
    const snapshot = teams.snapshot(this.#device.teamId);
    const self = snapshot.devices.get(this.#device.deviceId);
    if (self === undefined || self.revokedAt !== null) return { kind: "revoked" };
    const inputs: NetmapInputs = { snapshot, self, services, isOnline: (id) => this.#source.isOnline(id) };
    const sent = this.#sent;
    if (sent === undefined) return this.#first(inputs);
    if (sent.snapshot.revision === snapshot.revision) return NOTHING_NEW;

    const changes = teams.changesSince(snapshot.team.id, sent.snapshot.revision);
    if (changes === undefined || sent.visibility !== visibilityKey(self)) return this.#whole(inputs);
    if (!changes.isGeneral) return this.#follow(inputs, sent, changes.devices);
    const peers = buildPolicyChange(inputs, sent.snapshot);
    // Then a whole map is no longer, and bounded.
    if (peers.upserted.length + peers.removed.length > MAX_PEERS) return this.#whole(inputs);
    // A new policy seldom makes strangers of everybody: of those who stay, nothing is new.
    const peersChanged = peers.upserted.length + peers.removed.length > 0;
    return { ...this.#change(inputs, sent, peers), peersChanged, saysPresence: true };
  }

  #first(inputs: NetmapInputs): CursorStep {
    const { snapshot, self, services } = inputs;
    const changes = this.#held === null ? undefined : this.#source.teams.changesSince(snapshot.team.id, this.#held);
    // The device itself may have changed while it was away, and with it whom it sees: a delta would not show that.
    if (this.#held === null || changes === undefined || changes.isGeneral || changes.devices.has(self.id))
      return this.#whole(inputs);
    const peers = this.#missed(inputs, changes.devices);
    if (peers === undefined) return this.#whole(inputs);
    // The device's own copy of all that is not about a single peer is not known here.
    const delta: NetmapDelta = {
      from: this.#held,
      revision: snapshot.revision,
      self: buildSelf(snapshot, self),
      ...peers,
      filter: snapshot.policy.filterFor(self.id),
      ...services,
    };
    this.#sent = newSent(inputs);
    return { kind: "map", event: { kind: "delta", delta }, peersChanged: true };
  }

  /**
   * Whom the agent knew of is not known here, and of whom it never heard it hears nothing, not even that there is one. So
   * where anybody may have gone, it is told who stays; undefined: that cannot be said to it.
   */
  #missed(
    inputs: NetmapInputs,
    changed: ReadonlySet<DeviceId>,
  ): (Pick<NetmapDelta, "staying"> & PeerChange) | undefined {
    const { upserted, removed } = buildMissed(inputs, changed);
    if (removed.length === 0) return { upserted, removed };
    const come = new Set<string>(upserted.map(({ id }) => id));
    const staying = visiblePeerIds(inputs.snapshot, inputs.self.id).filter((id) => !come.has(id));
    return this.#knows("staying") && staying.length <= MAX_PEERS ? { upserted, removed: [], staying } : undefined;
  }

  #whole(inputs: NetmapInputs): CursorStep {
    const netmap = buildNetmap(inputs);
    this.#sent = newSent(inputs);
    return { kind: "map", event: { kind: "netmap", netmap }, peersChanged: true };
  }

  #follow(inputs: NetmapInputs, sent: Sent, changed: ReadonlySet<DeviceId>): CursorStep {
    const { snapshot, self } = inputs;
    const peers = buildFewChanges(inputs, sent.snapshot, changed);
    const next = newSent(inputs);
    if (peers.upserted.length + peers.removed.length === 0 && isSameFrame(next.frame, sent.frame)) {
      if (snapshot.revision - sent.revision < MAX_BEHIND) {
        this.#sent = { ...next, revision: sent.revision };
        return NOTHING_NEW;
      }
    }
    const [before, after] = [sent.snapshot.policy, snapshot.policy];
    const peersChanged = [...changed].some((id) => {
      const [was, is] = [before.relation(self.id, id), after.relation(self.id, id)];
      return was.mayTalk !== is.mayTalk || was.transport !== is.transport;
    });
    return { ...this.#change(inputs, sent, peers), peersChanged };
  }

  #change(inputs: NetmapInputs, sent: Sent, peers: PeerChange): CursorStep & { readonly kind: "map" } {
    const next = newSent(inputs);
    this.#sent = next;
    const delta: NetmapDelta = {
      from: sent.revision,
      revision: inputs.snapshot.revision,
      ...peers,
      ...(next.frame.self === sent.frame.self ? {} : { self: buildSelf(inputs.snapshot, inputs.self) }),
      ...this.#filterPart(sent.frame.filter, next.frame.filter),
    };
    return { kind: "map", event: { kind: "delta", delta }, peersChanged: false };
  }

  #filterPart(held: FilterRule[], next: FilterRule[]): Pick<NetmapDelta, "filter" | "filterChange"> {
    if (isSameFilter(held, next)) return {};
    const filterChange = this.#knows("filter-change") ? diffFilter(held, next, hashFilter) : undefined;
    return filterChange === undefined ? { filter: next } : { filterChange };
  }
}

function newSent(inputs: NetmapInputs): Sent {
  const { snapshot, self } = inputs;
  return {
    revision: snapshot.revision,
    snapshot,
    visibility: visibilityKey(self),
    frame: { filter: snapshot.policy.filterFor(self.id), self: JSON.stringify(buildSelf(snapshot, self)) },
  };
}

const isSameFrame = (a: Frame, b: Frame): boolean => a.self === b.self && isSameFilter(a.filter, b.filter);

/** It is the same array as long as no grant of it was touched; one that was touched may still say the same. */
const isSameFilter = (a: Frame["filter"], b: Frame["filter"]): boolean => a === b || hashFilter(a) === hashFilter(b);
