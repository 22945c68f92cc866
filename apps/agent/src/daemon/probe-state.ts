/**
 * What probes need to survive a restart: the epoch that peers seal towards, and the count of starts that keeps every
 * nonce new. The count is on disk before the first probe of a start leaves.
 */
import { randomBytes } from "node:crypto";
import { fromBase64Url, toBase64Url } from "@pinhole/protocol";
import type { RuntimeRecord } from "../state/records.ts";
import type { StateStore } from "../state/store.ts";

const EPOCH_BYTES = 16;

export type ProbeState = {
  readonly epoch: Uint8Array;
  readonly previousEpoch?: Uint8Array;
  readonly bootCount: number;
};

export function beginBoot(store: StateStore): { probe: ProbeState; runtime: RuntimeRecord } {
  const saved = store.load("runtime");
  const runtime: RuntimeRecord = {
    probeEpoch: saved?.probeEpoch ?? toBase64Url(randomBytes(EPOCH_BYTES)),
    ...(saved?.previousProbeEpoch === undefined ? {} : { previousProbeEpoch: saved.previousProbeEpoch }),
    udpPort: saved?.udpPort ?? 0,
    bootCount: (saved?.bootCount ?? 0) + 1,
  };
  store.save("runtime", runtime);
  const epoch = fromBase64Url(runtime.probeEpoch) ?? new Uint8Array(EPOCH_BYTES);
  const previousEpoch = fromBase64Url(runtime.previousProbeEpoch ?? "");
  return {
    runtime,
    probe: {
      epoch,
      bootCount: runtime.bootCount,
      ...(previousEpoch?.length === EPOCH_BYTES ? { previousEpoch } : {}),
    },
  };
}

/** A new epoch, so that no index on the wire outlives a run; only while peers can be told of it. */
export function renewEpoch(runtime: RuntimeRecord): { runtime: RuntimeRecord; epoch: Uint8Array } {
  const epoch = randomBytes(EPOCH_BYTES);
  return { runtime: { ...runtime, probeEpoch: toBase64Url(epoch), previousProbeEpoch: runtime.probeEpoch }, epoch };
}
