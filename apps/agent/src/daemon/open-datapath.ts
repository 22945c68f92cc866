/** Opens the datapath as the flags and the machine allow, or says in words why not. */
import { err, ok, type Result } from "@pinhole/protocol";
import type { PeerTimestamps } from "../datapath/contract.ts";
import { openDatapath, type Datapath, type DatapathEvents, type DatapathRefusal } from "../datapath/datapath.ts";
import type { Log } from "../log.ts";
import type { Identity } from "../state/identity.ts";
import { DEFAULT_INTERFACE } from "../state/settings.ts";

type Input = {
  readonly identity: Identity;
  readonly tun: string | null;
  readonly isUserspace: boolean;
  /** Asked for now: this one or none. */
  readonly port: number | undefined;
  /** Of earlier runs, 0 before the first: another will do while it is taken. */
  readonly keptPort: number;
  readonly timestamps: readonly PeerTimestamps[];
  readonly events: DatapathEvents;
  readonly log: Log;
};

export async function openDatapathFor(input: Input): Promise<Result<Datapath, DatapathRefusal>> {
  const { identity, tun, isUserspace, port, keptPort, timestamps, events, log } = input;
  const open = (wantedPort: number): Promise<Result<Datapath, DatapathRefusal>> =>
    openDatapath({
      nodePrivateKey: identity.nodePrivateKey,
      port: wantedPort,
      tun: isUserspace ? null : { name: tun ?? DEFAULT_INTERFACE },
      timestamps,
      events,
    });
  const opened = await open(port ?? keptPort);
  const isMendable = !opened.ok && opened.error.code === "port-taken" && port === undefined && keptPort !== 0;
  if (!isMendable) return opened.ok ? ok(opened.value) : err(opened.error);
  log.warn("the UDP port of earlier runs is taken: this run takes another", { port: keptPort });
  return open(0);
}
