/** What a measurement saw, before anything is made of it. */
import type { Endpoint } from "@pinhole/protocol";
import type { Observation } from "../stun/classify-nat.ts";
import type { FilterTry, Heard } from "./filter-tests.ts";
import type { PortSample } from "./port-sample.ts";

export type ServerAnswer = {
  readonly server: Endpoint;
  /** Null where no answer came. */
  readonly observed: Endpoint | null;
  readonly rttMs: number | null;
};

export type Findings = {
  /** Of the main socket, one a question that was answered. */
  readonly observations: readonly Observation[];
  /** Of the main socket, one a server endpoint. */
  readonly answers: readonly ServerAnswer[];
  readonly samples: readonly PortSample[];
  readonly filterTries: readonly FilterTry[];
  readonly heard: Heard;
  /** Undefined where it was not tried, or only once. */
  readonly hairpin: boolean | undefined;
  /** Whether a port was taken by a packet that the filter held back; of use where the mapping is the same for all. */
  readonly isPoisoning: boolean | undefined;
  readonly otherAddress: Endpoint | undefined;
};
