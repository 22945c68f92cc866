import type { RelayRefusal } from "@pinhole/protocol/relay";

/** Since the process started. */
export type RelayCounters = {
  welcomed: number;
  forwardedPackets: number;
  forwardedBytes: number;
  readonly refused: Record<RelayRefusal, number>;
  readonly dropped: {
    /** Not a WireGuard message by its shape. */
    notSealed: number;
    overRate: number;
    /** One of the two tickets does not name the other side, or has expired. */
    notAllowed: number;
    absent: number;
    queueFull: number;
  };
};

export function newCounters(): RelayCounters {
  const refused = {
    "bad-frame": 0,
    "bad-ticket": 0,
    "ticket-expired": 0,
    "bad-signature": 0,
    replaced: 0,
    "shutting-down": 0,
  };
  return {
    welcomed: 0,
    forwardedPackets: 0,
    forwardedBytes: 0,
    refused: refused,
    dropped: { notSealed: 0, overRate: 0, notAllowed: 0, absent: 0, queueFull: 0 },
  };
}
