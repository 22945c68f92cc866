import type { Metadata } from "next";
import { Hydrate, load, trpc } from "@/trpc/server.tsx";
import { PolicyView } from "./policy-view.tsx";

export const metadata: Metadata = { title: "Policies" };

export default async function PoliciesPage({ params }: { readonly params: Promise<{ team: string }> }) {
  const { team } = await params;
  await load(trpc.policy.get.queryOptions({ team }));
  return (
    <Hydrate>
      <PolicyView />
    </Hydrate>
  );
}
