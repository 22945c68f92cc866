import "server-only";

import { notFound } from "next/navigation";
import type { Role } from "./outputs.ts";
import { load, trpc } from "./server.tsx";

/** The signed-in user's role in the team of the page's path. */
export async function loadRole(slug: string): Promise<Role> {
  const { memberships } = await load(trpc.session.me.queryOptions());
  const membership = memberships.find(({ team }) => team.slug === slug);
  if (membership === undefined) notFound();
  return membership.role;
}
