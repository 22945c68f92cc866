import type { NatProfile } from "@pinhole/protocol/control";
import { Fact, Facts } from "./facts.tsx";
import { formatPercent } from "./quantity.ts";
import { TimeAgo } from "./time.tsx";
import { confidenceWords, FILTERING_WORDS, MAPPING_WORDS, natWords } from "./words/nat-words.ts";

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
          <Fact name="Port preserved">
            {profile.portPreserving === undefined ? "Unknown" : profile.portPreserving ? "Yes" : "No"}
          </Fact>
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
