import type { NatProfile } from "@pinhole/protocol/control";
import { Fact, Facts } from "./facts.tsx";
import { formatPercent } from "./quantity.ts";
import { TimeAgo } from "./time.tsx";
import {
  confidenceWords,
  FILTERING_WORDS,
  LEVELS_WORDS,
  MAPPING_WORDS,
  natWords,
  nextPortWords,
} from "./words/nat-words.ts";

/** What is known of a device's NAT: first in words, then as measured. */
export function NatFacts({ profile }: { readonly profile: NatProfile | null }) {
  const { badge, sentence, consequence } = natWords(profile);
  return (
    <div className="flex flex-col gap-3">
      <div>
        <p className="font-medium">{badge}</p>
        <p>{sentence}</p>
        <p className="text-muted">{consequence}</p>
      </div>
      {profile !== null && (
        <Facts>
          <Fact name="Mapping">{MAPPING_WORDS[profile.mapping]}</Fact>
          <Fact name="Filtering">{FILTERING_WORDS[profile.filtering]}</Fact>
          {profile.mapping !== "none" && <Fact name="Next port">{nextPortWords(profile)}</Fact>}
          {profile.levels !== undefined && <Fact name="NATs on the way">{LEVELS_WORDS[profile.levels]}</Fact>}
          {profile.hairpin !== undefined && (
            <Fact name="To itself">
              {profile.hairpin ? "What is sent to its public endpoint comes back in" : "Not by its public endpoint"}
            </Fact>
          )}
          {profile.nat64Prefix !== undefined && (
            <Fact name="IPv4">
              By NAT64, through <span className="font-mono text-sm">{profile.nat64Prefix}</span>
            </Fact>
          )}
          <Fact name="Seen as">
            {profile.publicEndpoints.length === 0 ? (
              "Nowhere"
            ) : (
              <span className="flex flex-col font-mono text-sm">
                {profile.publicEndpoints.map((endpoint) => (
                  <span key={endpoint}>{endpoint}</span>
                ))}
              </span>
            )}
          </Fact>
          <Fact name={confidenceWords(profile.confidence)}>
            <TimeAgo at={new Date(profile.measuredAt)} focusable />
            <span className="text-muted"> · confidence {formatPercent(profile.confidence)}</span>
          </Fact>
        </Facts>
      )}
    </div>
  );
}
