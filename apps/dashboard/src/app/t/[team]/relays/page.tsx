import type { Metadata } from "next";
import { Hydrate, load, trpc } from "@/trpc/server.tsx";
import { RelaysView } from "./relays-view.tsx";

export const metadata: Metadata = { title: "Relays" };

export default async function RelaysPage({ params }: { readonly params: Promise<{ team: string }> }) {
  const { team } = await params;
  await load(trpc.relay.list.queryOptions({ team }));
  return (
    <Hydrate>
      <RelaysView />
    </Hydrate>
  );
}
