import type { Metadata } from "next";
import { Hydrate, load, trpc } from "@/trpc/server.tsx";
import { ConnectionsView } from "./connections-view.tsx";

export const metadata: Metadata = { title: "Connections" };

export default async function ConnectionsPage({ params }: { readonly params: Promise<{ team: string }> }) {
  const { team } = await params;
  await load(trpc.connection.list.queryOptions({ team }));
  return (
    <Hydrate>
      <ConnectionsView />
    </Hydrate>
  );
}
