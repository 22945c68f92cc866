/** What a device's NAT means for reaching it, in words; the RFC 4787 terms stay visible beside them. */
import type { NatFiltering, NatMapping, NatProfile } from "@pinhole/protocol/control";

export type NatGrade = "open" | "easy" | "hard" | "blocked" | "unknown";

export type NatWords = {
  readonly grade: NatGrade;
  /** For a column: two words at most. */
  readonly badge: string;
  /** What it is. */
  readonly sentence: string;
  /** What follows from it for other devices. */
  readonly consequence: string;
};

export function natWords(profile: NatProfile | null): NatWords {
  if (profile === null) {
    return {
      grade: "unknown",
      badge: "Not measured",
      sentence: "The device has not reported what its network does yet.",
      consequence: "Until then, attempts are made with what its peers see.",
    };
  }
  if (profile.udp === "blocked") {
    return {
      grade: "blocked",
      badge: "UDP blocked",
      sentence: "No UDP packet of this device came back.",
      consequence: "Every connection goes through a relay while this lasts.",
    };
  }
  return byMapping(profile.mapping, profile.filtering);
}

function byMapping(mapping: NatMapping, filtering: NatFiltering): NatWords {
  switch (mapping) {
    case "none":
      return filtering === "endpoint-independent"
        ? {
            grade: "open",
            badge: "Open",
            sentence: "The device holds its public address itself and lets anyone in.",
            consequence: "Direct with every device that can send UDP.",
          }
        : {
            grade: "open",
            badge: "Firewall only",
            sentence: "The device holds its public address itself, behind a firewall that lets answers in.",
            consequence: "Direct with every device that can send UDP.",
          };
    case "endpoint-independent":
      return {
        grade: "easy",
        badge: "Easy NAT",
        sentence:
          filtering === "endpoint-independent"
            ? "The router shows one address and port to everybody and lets anyone answer to it."
            : "The router shows one address and port to everybody and lets in those that the device has sent to.",
        consequence:
          filtering === "endpoint-independent"
            ? "Direct with nearly every device, those behind a hard NAT included."
            : "Direct with nearly every device. With a hard NAT at the other end it may take seconds.",
      };
    case "address-dependent":
      return {
        grade: "hard",
        badge: "Hard NAT",
        sentence: "The router shows a different port to every address.",
        consequence: "Direct with open devices and easy NATs; through a relay with other hard ones.",
      };
    case "address-and-port-dependent":
      return {
        grade: "hard",
        badge: "Hard NAT",
        sentence: "The router shows a different port to every peer.",
        consequence: "Direct with open devices and easy NATs; through a relay with other hard ones.",
      };
    case "unknown":
      return {
        grade: "unknown",
        badge: "Unknown",
        sentence: "The measurements do not decide what the router does.",
        consequence: "Attempts are made as for an easy NAT.",
      };
    default:
      return mapping satisfies never;
  }
}

export const MAPPING_WORDS: Record<NatMapping, string> = {
  none: "None: public address",
  "endpoint-independent": "Endpoint-independent",
  "address-dependent": "Address-dependent",
  "address-and-port-dependent": "Address- and port-dependent",
  unknown: "Unknown",
};

export const FILTERING_WORDS: Record<NatFiltering, string> = {
  "endpoint-independent": "Endpoint-independent",
  "address-dependent": "Address-dependent",
  "address-and-port-dependent": "Address- and port-dependent",
  unknown: "Unknown",
};

export const LEVELS_WORDS: Record<NonNullable<NatProfile["levels"]>, string> = {
  one: "One, as far as the addresses show",
  "carrier-grade": "A carrier's among them",
  several: "Several",
};

/** Which public port a new connection gets: what an attempt has to guess. */
export function nextPortWords({ allocation, arrivalsPerSecond = 0, portPreserving }: NatProfile): string {
  switch (allocation?.kind) {
    case undefined:
      return portPreserving === undefined
        ? "Unknown"
        : portPreserving
          ? "The device's own"
          : "Another than the device's";
    case "preserving":
      return "The device's own, where it is free";
    case "sequential": {
      const { step } = allocation;
      const others = Math.round(arrivalsPerSecond);
      return `Counts ${step < 0 ? "down" : "up"} by ${Math.abs(step)}${others === 0 ? "" : `; others take ${others} a second`}`;
    }
    case "random": {
      const { first, last } = allocation;
      return first <= 1_024 && last >= 65_535 ? "Any" : `Any of ${last - first + 1}: ${first} to ${last}`;
    }
    default:
      return allocation satisfies never;
  }
}

/** Measured and inferred are told apart. */
export function confidenceWords(confidence: number): string {
  if (confidence >= 0.9) return "Measured";
  return confidence >= 0.5 ? "Likely" : "Uncertain";
}
