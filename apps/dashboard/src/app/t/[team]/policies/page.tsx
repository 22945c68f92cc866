import { hasCapability } from "@pinhole/protocol/team";
import type { Metadata } from "next";
import { NoPermission } from "@/components/no-permission.tsx";
import { loadRole } from "@/trpc/load-role.ts";
import { Hydrate, load, trpc } from "@/trpc/server.tsx";
import { PolicyView } from "./policy-view.tsx";

export const metadata: Metadata = { title: "Policies" };

export default async function PoliciesPage({ params }: { readonly params: Promise<{ team: string }> }) {
  const { team } = await params;
  if (!hasCapability(await loadRole(team), "policy.view"))
    return (
      <NoPermission title="Policies" capability="policy.view">
        Seeing policies
      </NoPermission>
    );
  await load(trpc.policy.get.queryOptions({ team }));
  return (
    <Hydrate>
      <PolicyView />
    </Hydrate>
  );
}
