import { useQuery } from "@tanstack/react-query";
import { useNow } from "@/components/clock.tsx";
import { useTeam } from "@/components/team-context.tsx";
import { MAX_OWN_LIVE_TOKENS } from "@/own-token-limit.ts";
import { useTRPC } from "@/trpc/client.tsx";

/** For who makes tokens for devices of their own alone: the list is theirs. */
export function OwnTokenCount() {
  const trpc = useTRPC();
  const { slug: team } = useTeam();
  const now = useNow();
  const list = useQuery(trpc.token.list.queryOptions({ team }));
  if (list.data === undefined) return null;
  const live = list.data.filter(({ revokedAt, expiresAt }) => revokedAt === null && expiresAt.getTime() > now).length;
  return (
    <p className="mb-3 text-muted">
      You have {live} of {MAX_OWN_LIVE_TOKENS} tokens. One makes room when it expires or is revoked.
    </p>
  );
}
