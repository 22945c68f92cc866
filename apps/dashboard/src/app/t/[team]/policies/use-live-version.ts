"use client";

import { useQuery } from "@tanstack/react-query";
import { useTeam } from "@/components/team-context.tsx";
import { useTRPC } from "@/trpc/client.tsx";

/** The number of the version in force. */
export function useLiveVersion(): number | undefined {
  const trpc = useTRPC();
  const { slug: team } = useTeam();
  return useQuery(trpc.policy.get.queryOptions({ team })).data?.version;
}
