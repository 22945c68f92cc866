/** One control session of one device, from its authentication to its end. */
import type { DeviceId, TeamId } from "@pinhole/protocol";
import type { Acknowledged } from "../policy/rollout.ts";
import { Mailbox } from "./mailbox.ts";
import { ProvenAddresses } from "./proven-addresses.ts";

export type SessionEnd = "revoked" | "shutdown" | "replaced" | "slow-reader";

export type SessionOptions = {
  readonly deviceId: DeviceId;
  readonly teamId: TeamId;
  /** Ed25519, base64url; a device has one for life. */
  readonly identityKey: string;
  /** Where the connection comes from. */
  readonly address: string;
  readonly openedAt: Date;
  readonly close: (reason: SessionEnd) => void;
  /** Accepted for sending and not yet taken by the network. */
  readonly unsentBytes: () => number;
};

/** Until the agent has said how long its round trip takes. */
const ASSUMED_ROUND_TRIP_MS = 100;

export class AgentSession {
  readonly deviceId: DeviceId;
  readonly teamId: TeamId;
  readonly identityKey: string;
  readonly address: string;
  readonly openedAt: Date;
  readonly proven: ProvenAddresses;
  /** Of the agent's subscription; a newer subscription brings a newer mailbox. */
  mailbox = new Mailbox(() => 0);
  /** Said by the agent: believed for timing its own attempts alone. */
  roundTripMs = ASSUMED_ROUND_TRIP_MS;
  /** Which filter the agent says it runs; null until it has said so. */
  acknowledged: Acknowledged | null = null;
  /** False as soon as a newer session of the device has opened, or this one has ended. */
  isCurrent = true;
  readonly close: (reason: SessionEnd) => void;
  readonly unsentBytes: () => number;

  constructor({ deviceId, teamId, identityKey, address, openedAt, close, unsentBytes }: SessionOptions) {
    this.deviceId = deviceId;
    this.teamId = teamId;
    this.identityKey = identityKey;
    this.address = address;
    this.proven = new ProvenAddresses(address);
    this.openedAt = openedAt;
    this.close = close;
    this.unsentBytes = unsentBytes;
  }
}
