import { hasCapability } from "@pinhole/protocol/team";
import type { Metadata } from "next";
import { NoPermission } from "@/components/no-permission.tsx";
import { loadRole } from "@/trpc/load-role.ts";
import { Hydrate, load, trpc } from "@/trpc/server.tsx";
import { SimulatorView } from "./simulator-view.tsx";

export const metadata: Metadata = { title: "Policy simulator" };

export default async function SimulatorPage({ params }: { readonly params: Promise<{ team: string }> }) {
  const { team } = await params;
  if (!hasCapability(await loadRole(team), "policy.view"))
    return (
      <NoPermission title="Policy simulator" capability="policy.view">
        Seeing policies
      </NoPermission>
    );
  await Promise.all([load(trpc.policy.get.queryOptions({ team })), load(trpc.policy.subjects.queryOptions({ team }))]);
  return (
    <Hydrate>
      <SimulatorView />
    </Hydrate>
  );
}
