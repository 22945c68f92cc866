import type { Metadata } from "next";
import { Hydrate, load, trpc } from "@/trpc/server.tsx";
import { SimulatorView } from "./simulator-view.tsx";

export const metadata: Metadata = { title: "Policy simulator" };

export default async function SimulatorPage({ params }: { readonly params: Promise<{ team: string }> }) {
  const { team } = await params;
  await Promise.all([load(trpc.policy.get.queryOptions({ team })), load(trpc.policy.subjects.queryOptions({ team }))]);
  return (
    <Hydrate>
      <SimulatorView />
    </Hydrate>
  );
}
