import { redirect } from "next/navigation";
import { EmptyState } from "@/components/empty-state.tsx";
import { load, trpc } from "@/trpc/server.tsx";

export default async function HomePage() {
  const { needed } = await load(trpc.setup.status.queryOptions());
  if (needed) redirect("/setup");
  const { memberships } = await load(trpc.session.me.queryOptions());
  const first = memberships[0];
  if (first !== undefined) redirect(`/t/${first.team.slug}/devices`);
  return (
    <main>
      <h1 className="sr-only">Pinhole</h1>
      <EmptyState title="You are in no team">An owner of a team can add you to it.</EmptyState>
    </main>
  );
}
