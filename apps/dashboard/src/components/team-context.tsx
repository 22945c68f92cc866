"use client";

import { type Capability, hasCapability } from "@pinhole/protocol/team";
import { createContext, use } from "react";
import type { Role } from "@/trpc/outputs.ts";

export type Team = { readonly slug: string; readonly name: string; readonly role: Role };

const TeamContext = createContext<Team | null>(null);

export function TeamProvider({ team, children }: { readonly team: Team; readonly children: React.ReactNode }) {
  return <TeamContext value={team}>{children}</TeamContext>;
}

/** The team in the page's path. */
export function useTeam(): Team {
  const team = use(TeamContext);
  if (team === null) throw new Error("useTeam outside of a team's pages");
  return team;
}

/** The server decides; this only keeps buttons away that it would refuse. */
export function useMay(capability: Capability): boolean {
  return hasCapability(useTeam().role, capability);
}
