/** What `pinhole status` shows, from what the parts of the daemon know. Pure. */
import type { Netmap, NatProfile, PathState, Reason } from "@pinhole/protocol/control";
import type { DatapathStats } from "../datapath/contract.ts";
import type { RelayingStatus } from "../peer-relay/peer-relay.ts";
import type { Enrollment } from "../state/records.ts";
import type { Status } from "./local-messages.ts";
import { relayName } from "./relay-name.ts";
import type { Warning } from "./warnings.ts";

type Input = {
  readonly version: string;
  readonly enrollment: Enrollment;
  readonly netmap: Netmap | undefined;
  readonly isOnline: boolean;
  readonly problem: string | undefined;
  readonly interfaceName: string | null;
  readonly natProfile: NatProfile | null;
  readonly warnings: readonly Warning[];
  readonly stats: DatapathStats;
  readonly relaying: RelayingStatus | undefined;
  readonly pathOf: (peerId: Netmap["peers"][number]["id"]) => {
    readonly path: PathState;
    readonly reason?: Reason | undefined;
  };
};

export function buildStatus(input: Input): Status {
  const { enrollment, netmap, stats } = input;
  const self = netmap?.self ?? enrollment;
  return {
    version: input.version,
    self: {
      id: enrollment.deviceId,
      name: self.name,
      team: self.team.slug,
      addresses: [...self.addresses],
      online: input.isOnline,
      ...(input.isOnline || input.problem === undefined ? {} : { problem: input.problem }),
      ...standingOf(netmap?.self),
      interface: input.interfaceName,
      natProfile: input.natProfile,
      ...(input.warnings.length === 0 ? {} : { warnings: [...input.warnings] }),
      ...(input.relaying === undefined ? {} : { relaying: input.relaying }),
    },
    peers: (netmap?.peers ?? [])
      .map((peer) => {
        const { path, reason } = input.pathOf(peer.id);
        const counters = stats.peers.get(peer.id);
        const handshakeAt = counters?.lastHandshakeAt ?? null;
        return {
          id: peer.id,
          name: peer.name,
          addresses: peer.addresses,
          online: peer.online,
          path: {
            kind: path.kind,
            ...(path.type === undefined ? {} : { type: path.type }),
            ...(path.endpoint === undefined ? {} : { endpoint: path.endpoint }),
            ...relayName(netmap, path.relay),
            ...(path.rttMs === undefined ? {} : { rttMs: path.rttMs }),
            since: new Date(path.since).toISOString(),
          },
          ...(reason === undefined ? {} : { reason }),
          rxBytes: counters?.rxBytes ?? 0,
          txBytes: counters?.txBytes ?? 0,
          lastHandshakeAt: handshakeAt === null ? null : new Date(handshakeAt).toISOString(),
        };
      })
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function standingOf({
  standing,
  keyExpiresAt,
}: Partial<Netmap["self"]> = {}): Pick<Status["self"], "standing" | "keyExpiresAt"> {
  return {
    ...(standing === undefined || standing === "admitted" ? {} : { standing }),
    ...(keyExpiresAt === undefined ? {} : { keyExpiresAt: new Date(keyExpiresAt).toISOString() }),
  };
}
