import { hasCapability } from "@pinhole/protocol/team";
import type { Metadata } from "next";
import { NoPermission } from "@/components/no-permission.tsx";
import { loadRole } from "@/trpc/load-role.ts";
import { Hydrate, load, trpc } from "@/trpc/server.tsx";
import { MembersView } from "./members-view.tsx";

export const metadata: Metadata = { title: "Members" };

export default async function MembersPage({ params }: { readonly params: Promise<{ team: string }> }) {
  const { team } = await params;
  if (!hasCapability(await loadRole(team), "members.view")) {
    return (
      <NoPermission title="Members" capability="members.view">
        Seeing who is in the team
      </NoPermission>
    );
  }
  await Promise.all([
    load(trpc.session.me.queryOptions()),
    load(trpc.member.list.queryOptions({ team })),
    load(trpc.invite.list.queryOptions({ team })),
  ]);
  return (
    <Hydrate>
      <MembersView />
    </Hydrate>
  );
}
