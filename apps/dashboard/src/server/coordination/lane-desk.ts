/**
 * Takes requests for lanes, and hands each out to the three devices that it is for.
 *
 * A lane is the relaying device's order to pass packets on, so everything that could forbid it is looked at here: whether the
 * two may talk, may do so over a relay, and may have this device as one, and whether both have said that they reach it.
 * What a device that asks may not see does not exist for it.
 */
import { randomBytes } from "node:crypto";
import { type DeviceId, err, ok, type Result, toBase64Url } from "@pinhole/protocol";
import type { RelayLane, RelayLanesRefusal } from "@pinhole/protocol/control";
import { LANE_BYTES } from "@pinhole/protocol/relay";
import { Throttle } from "../throttle.ts";
import type { AgentSession } from "./agent-session.ts";
import type { TeamCache, TeamDevice } from "./team-cache.ts";

type DeskOptions = {
  readonly teams: TeamCache;
  readonly now: () => Date;
  /** The device's open session with a subscription; only such a device can be told anything. */
  readonly listening: (deviceId: DeviceId) => AgentSession | undefined;
};

export type LanesRequest = { readonly deviceId: DeviceId; readonly peerId: DeviceId; readonly via: DeviceId };

type Given = { readonly lanes: readonly RelayLane[]; readonly renewAt: number };

/** As long as a relay ticket: what the policy takes away ends within it. */
const LANE_LIFETIME_MS = 300_000;
/** Who asks before this gets what there is: both ends tend to ask. */
const LANE_RENEWAL_MS = 120_000;
const MAX_REMEMBERED = 10_000;

export class LaneDesk {
  readonly #options: DeskOptions;
  readonly #given = new Map<string, Given>();
  readonly #pairs = new Throttle({ burst: 6, refillMs: 5_000 });

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  request({ deviceId, peerId, via }: LanesRequest): Result<void, RelayLanesRefusal> {
    const { teams, listening, now } = this.#options;
    const own = listening(deviceId);
    if (own === undefined) return err("peer-offline");
    const { devices, policy } = teams.snapshot(own.teamId);
    const [self, peer, relay] = [devices.get(deviceId), devices.get(peerId), devices.get(via)];
    if (self === undefined || peer === undefined || !policy.mayTalk(deviceId, peerId)) return err("peer-not-found");
    const isAllowed =
      policy.transport(deviceId, peerId) !== "direct-only" &&
      policy.mayRelay(via, deviceId) &&
      policy.mayRelay(via, peerId);
    if (relay === undefined || !isAllowed || !isNear(self, via) || !isNear(peer, via)) return err("not-allowed");
    const [other, between] = [listening(peerId), listening(via)];
    if (other === undefined || between === undefined) return err("peer-offline");

    const at = now();
    const key = `${[deviceId, peerId].toSorted().join(" ")} ${via}`;
    if (!this.#pairs.take(key, at)) return err("too-many-requests");
    const given = this.#given.get(key);
    const { lanes } =
      given !== undefined && at.getTime() < given.renewAt ? given : this.#give(key, { deviceId, peerId, via }, at);
    // The relaying device first: packets must find it prepared.
    for (const session of [between, other, own]) session.mailbox.addLanes(lanes);
    return ok(undefined);
  }

  #give(key: string, { deviceId, peerId, via }: LanesRequest, at: Date): Given {
    const expiresAt = at.getTime() + LANE_LIFETIME_MS;
    const lane = (from: DeviceId, to: DeviceId): RelayLane => ({
      id: toBase64Url(new Uint8Array(randomBytes(LANE_BYTES))),
      from,
      via,
      to,
      expiresAt,
    });
    const given = { lanes: [lane(deviceId, peerId), lane(peerId, deviceId)], renewAt: at.getTime() + LANE_RENEWAL_MS };
    this.#given.delete(key);
    this.#given.set(key, given);
    if (this.#given.size > MAX_REMEMBERED) {
      const [oldest] = this.#given.keys();
      if (oldest !== undefined) this.#given.delete(oldest);
    }
    return given;
  }
}

/** It has measured its way to the relaying device, and told it: an agent that knows nothing of lanes never does. */
function isNear({ relays, revokedAt }: TeamDevice, via: DeviceId): boolean {
  return revokedAt === null && relays?.some(({ relay }) => relay === via) === true;
}
