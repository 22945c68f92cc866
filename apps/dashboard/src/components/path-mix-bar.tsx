import { count } from "./quantity.ts";
import { StateSign } from "./state-sign.tsx";

export type PathCounts = { readonly direct: number; readonly relay: number; readonly none: number };

const WIDTH = 56;

/**
 * How a device's connections go: a bar of three parts, and the counts. Drawn with SVG attributes, because a content
 * security policy without inline styles would drop a width set by `style`.
 */
export function PathMixBar({ direct, relay, none }: PathCounts) {
  const total = direct + relay + none;
  if (total === 0) return <span className="text-muted">No connections</span>;
  const words = mixWords({ direct, relay, none });
  const directWidth = (direct / total) * WIDTH;
  const relayWidth = (relay / total) * WIDTH;
  return (
    <span data-tip={words} className="inline-flex items-center gap-2 align-middle whitespace-nowrap">
      <span className="sr-only">{words}</span>
      <svg
        viewBox={`0 0 ${WIDTH} 6`}
        width={WIDTH}
        height="6"
        aria-hidden="true"
        focusable="false"
        className="h-1.5 w-14 rounded-full bg-hairline"
      >
        <rect width={directWidth} height="6" fill="var(--direct)" />
        <rect x={directWidth} width={relayWidth} height="6" fill="var(--relayed)" />
      </svg>
      <span aria-hidden="true" className="inline-flex items-center gap-1.5 text-sm">
        {direct > 0 && <Count state="direct" amount={direct} />}
        {relay > 0 && <Count state="relayed" amount={relay} />}
        {none > 0 && <Count state="offline" amount={none} />}
      </span>
    </span>
  );
}

function Count({ state, amount }: { readonly state: "direct" | "relayed" | "offline"; readonly amount: number }) {
  return (
    <span className="inline-flex items-center gap-0.5">
      <StateSign state={state} className="size-2.5!" />
      {amount}
    </span>
  );
}

export function mixWords({ direct, relay, none }: PathCounts): string {
  const parts = [
    ...(direct > 0 ? [`${direct} direct`] : []),
    ...(relay > 0 ? [`${relay} relayed`] : []),
    ...(none > 0 ? [`${none} without a path`] : []),
  ];
  return parts.length === 0 ? "No connections" : `${count(direct + relay + none, "connection")}: ${parts.join(", ")}`;
}
