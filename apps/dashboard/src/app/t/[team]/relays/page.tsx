import { hasCapability } from "@pinhole/protocol/team";
import type { Metadata } from "next";
import { NoPermission } from "@/components/no-permission.tsx";
import { loadRole } from "@/trpc/load-role.ts";
import { Hydrate, load, trpc } from "@/trpc/server.tsx";
import { RelaysView } from "./relays-view.tsx";

export const metadata: Metadata = { title: "Relays" };

export default async function RelaysPage({ params }: { readonly params: Promise<{ team: string }> }) {
  const { team } = await params;
  if (!hasCapability(await loadRole(team), "devices.view"))
    return (
      <NoPermission title="Relays" capability="devices.view">
        Seeing the relays
      </NoPermission>
    );
  await load(trpc.relay.list.queryOptions({ team }));
  return (
    <Hydrate>
      <RelaysView />
    </Hydrate>
  );
}
