import type { Metadata } from "next";
import { Hydrate, load, trpc } from "@/trpc/server.tsx";
import { DevicesView } from "./devices-view.tsx";

export const metadata: Metadata = { title: "Devices" };

export default async function DevicesPage({ params }: { readonly params: Promise<{ team: string }> }) {
  const { team } = await params;
  await load(trpc.device.list.queryOptions({ team }));
  return (
    <Hydrate>
      <DevicesView />
    </Hydrate>
  );
}
