import { hasCapability } from "@pinhole/protocol/team";
import type { Metadata } from "next";
import { NoPermission } from "@/components/no-permission.tsx";
import { loadRole } from "@/trpc/load-role.ts";
import { Hydrate, load, trpc } from "@/trpc/server.tsx";
import { MatrixView } from "./matrix-view.tsx";

export const metadata: Metadata = { title: "NAT matrix" };

export default async function MatrixPage({ params }: { readonly params: Promise<{ team: string }> }) {
  const { team } = await params;
  if (!hasCapability(await loadRole(team), "devices.view"))
    return (
      <NoPermission title="NAT matrix" capability="devices.view">
        Seeing all of the team's devices
      </NoPermission>
    );
  await load(trpc.connection.matrix.queryOptions({ team }));
  return (
    <Hydrate>
      <MatrixView />
    </Hydrate>
  );
}
