/**
 * How far one session's agent has been told of the netmap, and what it has to be told next.
 *
 * A change of one device costs each session the look at that one device: the whole team is gone through only when the
 * policy, or what this device is, has changed.
 */
import type { DeviceId, TeamId } from "@pinhole/protocol";
import { MAX_PEERS, type SessionEvent } from "@pinhole/protocol/control";
import type { CompiledPolicy, FilterRule } from "@pinhole/protocol/policy";
import {
  buildDelta,
  buildNetmap,
  buildPolicyDelta,
  isVisible,
  type NetmapInputs,
  type NetmapServices,
  visibilityKey,
  visiblePeerIds,
} from "./build-netmap.ts";
import type { Changes, TeamCache, TeamSnapshot } from "./team-cache.ts";

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

/** Everything of a map but its peers, to leave it out of a delta while it stays the same. */
type Frame = { readonly filter: readonly FilterRule[]; readonly name: string };

type Sent = {
  readonly revision: number;
  readonly visibility: string;
  readonly peers: Set<DeviceId>;
  readonly policy: CompiledPolicy;
  readonly frame: Frame;
};

export class NetmapCursor {
  readonly #source: CursorSource;
  readonly #device: { readonly deviceId: DeviceId; readonly teamId: TeamId };
  /** The revision that the agent says it holds. */
  readonly #held: number | null;
  #sent: Sent | undefined;

  constructor(
    source: CursorSource,
    device: { readonly deviceId: DeviceId; readonly teamId: TeamId },
    held: number | null,
  ) {
    this.#source = source;
    this.#device = device;
    this.#held = held;
  }

  /** Whom the agent has been told of; `undefined` before the first map. */
  get peers(): ReadonlySet<DeviceId> | undefined {
    return this.#sent?.peers;
  }

  /** Those of them that a relay may carry anything to. */
  get relayPeers(): ReadonlySet<DeviceId> | undefined {
    const sent = this.#sent;
    if (sent === undefined) return undefined;
    return new Set([...sent.peers].filter((id) => sent.policy.transport(this.#device.deviceId, id) !== "direct-only"));
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
    if (sent.revision === snapshot.revision) return { kind: "nothing-new" };

    const changes = teams.changesSince(snapshot.team.id, sent.revision);
    if (changes === undefined || sent.visibility !== visibilityKey(self)) return this.#whole(inputs);
    return changes.isGeneral ? this.#followPolicy(inputs, sent, changes) : this.#follow(inputs, sent, changes);
  }

  #first(inputs: NetmapInputs): CursorStep {
    const { snapshot, self } = inputs;
    const changes = this.#held === null ? undefined : this.#source.teams.changesSince(snapshot.team.id, this.#held);
    // The device itself may have changed while it was away, and with it whom it sees: a delta would not show that.
    if (this.#held === null || changes === undefined || changes.isGeneral || changes.devices.has(self.id))
      return this.#whole(inputs);
    const delta = buildDelta(inputs, this.#held, changes);
    this.#sent = newSent(inputs, new Set(visiblePeerIds(snapshot, self)));
    return { kind: "map", event: { kind: "delta", delta }, peersChanged: true };
  }

  #whole(inputs: NetmapInputs): CursorStep {
    const netmap = buildNetmap(inputs);
    this.#sent = newSent(inputs, new Set(visiblePeerIds(inputs.snapshot, inputs.self)));
    return { kind: "map", event: { kind: "netmap", netmap }, peersChanged: true };
  }

  /** A new policy seldom makes strangers of everybody: what stays is not sent again to a thousand devices at once. */
  #followPolicy(inputs: NetmapInputs, sent: Sent, changes: Changes): CursorStep {
    const delta = buildPolicyDelta(inputs, sent, changes);
    // Then a whole map is no longer, and bounded.
    if (delta.upserted.length + delta.removed.length > MAX_PEERS) return this.#whole(inputs);
    this.#sent = newSent(inputs, new Set(visiblePeerIds(inputs.snapshot, inputs.self)));
    const peersChanged = delta.upserted.length + delta.removed.length > 0;
    return { kind: "map", event: { kind: "delta", delta }, peersChanged, saysPresence: true };
  }

  #follow(inputs: NetmapInputs, sent: Sent, changes: Changes): CursorStep {
    const { snapshot, self } = inputs;
    let peersChanged = false;
    for (const id of changes.devices) {
      const wasPeer = sent.peers.delete(id);
      if (isVisiblePeer(snapshot, self.id, id)) sent.peers.add(id);
      const isOther = sent.policy.transport(self.id, id) !== snapshot.policy.transport(self.id, id);
      peersChanged ||= isOther || wasPeer !== sent.peers.has(id);
    }

    const delta = buildDelta(inputs, sent.revision, changes);
    const frame = frameOf(inputs);
    this.#sent = { ...sent, revision: snapshot.revision, policy: snapshot.policy, frame };
    const { from, revision, upserted, removed } = delta;
    const event: SessionEvent = {
      kind: "delta",
      delta: isSameFrame(frame, sent.frame) ? { from, revision, upserted, removed } : delta,
    };
    return { kind: "map", event, peersChanged };
  }
}

function newSent(inputs: NetmapInputs, peers: Set<DeviceId>): Sent {
  const { snapshot, self } = inputs;
  return {
    revision: snapshot.revision,
    visibility: visibilityKey(self),
    peers,
    policy: snapshot.policy,
    frame: frameOf(inputs),
  };
}

function frameOf({ snapshot, self }: NetmapInputs): Frame {
  return { filter: snapshot.policy.filterFor(self.id), name: self.name };
}

/** A filter is the same array as long as no grant of it was touched; one that was touched may still say the same. */
function isSameFrame(a: Frame, b: Frame): boolean {
  return a.name === b.name && (a.filter === b.filter || JSON.stringify(a.filter) === JSON.stringify(b.filter));
}

function isVisiblePeer(snapshot: TeamSnapshot, self: DeviceId, id: DeviceId): boolean {
  const other = snapshot.devices.get(id);
  return other !== undefined && isVisible(snapshot, self, other);
}
