import type { Policy } from "@pinhole/protocol/policy";

type Props = {
  readonly policy: { readonly policy: Policy; readonly lineOf: (grant: number) => number };
  readonly grant: number;
};

/** "Grant 4, line 12: tag:web → tag:db, tcp:5432" */
export function GrantLabel({ policy: { policy, lineOf }, grant }: Props) {
  const found = policy.grants[grant];
  if (found === undefined) return null;
  return (
    <span className="[overflow-wrap:anywhere]">
      Grant {grant + 1}, line {lineOf(grant)}:{" "}
      <span className="font-mono text-sm">
        {found.src.join(", ")} → {found.dst.join(", ")}, {found.ip.join(", ")}
        {found.transport !== undefined && `, ${found.transport}`}
        {found.expires !== undefined && `, until ${found.expires}`}
      </span>
    </span>
  );
}
