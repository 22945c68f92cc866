/**
 * What a grant allows: `*`, `icmp`, `tcp:22`, `udp:53-60`, `tcp:*`, and ports alone (`80,443`), which are those of tcp and
 * udp alike.
 */
import { type FilterRule, PROTOCOL } from "./filter-rule.ts";

export type Service = FilterRule["allow"][number];

const MAX_RANGES = 64;
const PORT_PATTERN = /^(?:0|[1-9][0-9]{0,4})$/;

export function parseServices(text: string): readonly Service[] | undefined {
  if (text === "*") return [{ protocol: null }];
  // ICMP in IPv6 is another protocol by number and the same thing to whoever writes the policy.
  if (text === "icmp") return [{ protocol: PROTOCOL.icmp }, { protocol: PROTOCOL.icmpv6 }];

  const [, name, list = ""] = /^(?:(tcp|udp):)?([0-9*,-]+)$/.exec(text) ?? [];
  const ranges = parseRanges(list);
  if (ranges === undefined) return undefined;
  const protocols = [...(name === "udp" ? [] : [PROTOCOL.tcp]), ...(name === "tcp" ? [] : [PROTOCOL.udp])];
  return protocols.flatMap((protocol) =>
    ranges.map((ports): Service => (ports === "all" ? { protocol } : { protocol, ports: [ports.first, ports.last] })),
  );
}

type Range = "all" | { readonly first: number; readonly last: number };

function parseRanges(list: string): readonly Range[] | undefined {
  if (list === "*") return ["all"];
  const parts = list.split(",");
  if (parts.length > MAX_RANGES) return undefined;
  const ranges: Range[] = [];
  for (const part of parts) {
    const [from = "", to = from, ...rest] = part.split("-");
    if (!PORT_PATTERN.test(from) || !PORT_PATTERN.test(to) || rest.length > 0) return undefined;
    const [first, last] = [Number(from), Number(to)];
    if (last > 65_535 || first > last) return undefined;
    ranges.push({ first, last });
  }
  return ranges;
}
