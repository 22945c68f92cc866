/** Which public endpoint a fresh socket was given: one question to a STUN server, and its answer. */
import type { Endpoint } from "@pinhole/protocol";

export type PortSample = {
  /** Sockets were opened in this order, one mapping each; one of which no answer came leaves a gap. */
  readonly order: number;
  readonly sentAt: number;
  /** Undefined where the system did not tell. */
  readonly localPort: number | undefined;
  readonly mapped: Endpoint;
};
