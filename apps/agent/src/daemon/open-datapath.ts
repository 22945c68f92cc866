/** Opens the datapath as the flags and the machine allow, or says in words why not. */
import { err, ok, type Result } from "@pinhole/protocol";
import { openDatapath, type Datapath, type DatapathEvents, type DatapathRefusal } from "../datapath/datapath.ts";
import type { Log } from "../log.ts";
import type { Identity } from "../state/identity.ts";
import type { TimestampKeeper } from "./timestamps.ts";

const DEFAULT_INTERFACE = "pinhole0";

export type DatapathHandlers = Pick<DatapathEvents, "onDatagram" | "onRelayOutput" | "onTraffic" | "onDataReceived">;

type Deps = {
  readonly identity: Identity;
  readonly tun: string | null | undefined;
  readonly isUserspace: boolean;
  readonly timestamps: TimestampKeeper;
  readonly log: Log;
};

export async function openDatapathFor(
  deps: Deps,
  port: number,
  handlers: DatapathHandlers,
): Promise<Result<Datapath, DatapathRefusal>> {
  const { identity, timestamps, log } = deps;
  const tun = deps.isUserspace ? null : { name: deps.tun ?? DEFAULT_INTERFACE };
  const open = (wantedPort: number): Promise<Result<Datapath, DatapathRefusal>> =>
    openDatapath({
      nodePrivateKey: identity.nodePrivateKey,
      port: wantedPort,
      tun,
      timestamps: timestamps.all,
      events: {
        ...handlers,
        onTimestamps: (stamps) => timestamps.take(stamps),
        onError: (code, words) => log.error(words, { code }),
      },
    });
  const opened = await open(port);
  if (opened.ok || opened.error.code !== "port-taken" || port === 0)
    return opened.ok ? ok(opened.value) : err(opened.error);
  log.warn("the UDP port of earlier runs is taken: drawing another", { port });
  return open(0);
}
