/**
 * One short text for a filter, the same wherever it is computed: an agent reports that of the filter it runs, and the
 * dashboard compares it with that of the filter which the policy gives the device.
 *
 * Rules are hashed part by part, because many filters share their long lists of sources.
 */
import type { FilterRule } from "./filter-rule.ts";

/** SHA-256 of a text, in whatever encoding, from whoever has one. */
export type Digest = (text: string) => string;

export function newFilterHash(digest: Digest): (rules: readonly FilterRule[]) => string {
  const sourceHash = remembered((src: readonly string[]) => digest(JSON.stringify(src)));
  return remembered((rules) =>
    digest(
      JSON.stringify(
        rules.map(({ src, dst, allow, until }) => [
          sourceHash(src),
          dst,
          allow.map(({ protocol, ports }) => [protocol, ports ?? null]),
          until ?? null,
        ]),
      ),
    ),
  );
}

/** Filters and lists of sources are never changed, and asked about again and again. */
function remembered<Key extends object>(make: (key: Key) => string): (key: Key) => string {
  const known = new WeakMap<Key, string>();
  return (key) => {
    const found = known.get(key) ?? make(key);
    known.set(key, found);
    return found;
  };
}
