"use client";

import { type Policy, type PolicyError, readPolicy } from "@pinhole/protocol/policy";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTeam } from "@/components/team-context.tsx";
import { useTRPC } from "@/trpc/client.tsx";
import { useKeptDraft } from "../use-kept-draft.ts";

export type SimulatedPolicy =
  | { readonly kind: "loading" }
  | { readonly kind: "missing" }
  | { readonly kind: "fault"; readonly fault: PolicyError }
  | {
      readonly kind: "read";
      readonly policy: Policy;
      readonly document: string;
      readonly lineOf: (grant: number) => number;
    };

/** @param choice `live`, `draft`, or the number of a version */
export function useSimulatedPolicy(choice: string): SimulatedPolicy {
  const trpc = useTRPC();
  const { slug: team } = useTeam();
  const live = useQuery(trpc.policy.get.queryOptions({ team }));
  const number = /^[1-9]\d{0,9}$/.test(choice) ? Number(choice) : undefined;
  const version = useQuery({
    ...trpc.policy.version.queryOptions({ team, version: number ?? 1 }),
    enabled: number !== undefined,
  });
  const kept = useKeptDraft(team);
  const draft = kept === null ? null : kept?.document;

  const asked = number === undefined ? live : version;
  const document = choice === "draft" ? draft : (asked.data?.document ?? (asked.isError ? null : undefined));
  return useMemo((): SimulatedPolicy => {
    if (document === undefined) return { kind: "loading" };
    if (document === null) return { kind: "missing" };
    const read = readPolicy(document);
    if (!read.ok) return { kind: "fault", fault: read.error };
    const { policy, noteAt } = read.value;
    return { kind: "read", policy, document, lineOf: (grant) => noteAt(["grants", grant], "").line };
  }, [document]);
}
