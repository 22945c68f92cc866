"use client";

import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/button.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { QueryProblem } from "@/components/query-problem.tsx";
import { SkeletonRows } from "@/components/skeleton.tsx";
import { StaleNotice } from "@/components/stale-notice.tsx";
import { Tabs } from "@/components/tabs.tsx";
import { useMay, useTeam } from "@/components/team-context.tsx";
import { useTRPC } from "@/trpc/client.tsx";
import { CapabilityTable } from "./capability-table.tsx";
import { InviteDialog } from "./invite-dialog.tsx";
import { InviteTable } from "./invite-table.tsx";
import { MemberTable } from "./member-table.tsx";
import { useInviteActions } from "./use-invite-actions.tsx";
import { useMemberActions } from "./use-member-actions.tsx";

/** Who is in the team, who is asked to be, and what each role may do. */
export function MembersView() {
  const trpc = useTRPC();
  const { slug: team } = useTeam();
  const mayManage = useMay("members.manage");
  const [isInviting, setInviting] = useState(false);
  const members = useQuery(trpc.member.list.queryOptions({ team }));
  const invites = useQuery(trpc.invite.list.queryOptions({ team }));

  const failed = [members, invites].find((query) => query.data === undefined && query.isError);
  return (
    <>
      <PageHeader
        title="Members"
        lead="People who sign in here. Their devices enroll with tokens."
        actions={
          mayManage && (
            <Button look="primary" onClick={() => setInviting(true)}>
              <Plus aria-hidden="true" /> Invite
            </Button>
          )
        }
      />
      {failed !== undefined ? (
        <QueryProblem error={failed.error} onRetry={() => void failed.refetch()} />
      ) : members.data === undefined || invites.data === undefined ? (
        <SkeletonRows label="Loading members" />
      ) : (
        <>
          <StaleNotice query={members} />
          <Tabs
            label="Members, invites and roles"
            tabs={[
              { key: "members", label: `Members (${members.data.length})`, content: <Members rows={members.data} /> },
              {
                key: "invites",
                label: `Invites (${invites.data.filter(({ status }) => status === "pending").length})`,
                content: <Invites rows={invites.data} />,
              },
              { key: "roles", label: "Roles", content: <CapabilityTable /> },
            ]}
          />
        </>
      )}
      {isInviting && <InviteDialog onClose={() => setInviting(false)} />}
    </>
  );
}

function Members({ rows }: { readonly rows: React.ComponentProps<typeof MemberTable>["members"] }) {
  const trpc = useTRPC();
  const { role } = useTeam();
  const me = useQuery(trpc.session.me.queryOptions());
  const actions = useMemberActions();
  return (
    <>
      <MemberTable
        members={rows}
        ownId={me.data?.user.id}
        ownRole={role}
        onChangeRole={actions.changeRole}
        onRemove={actions.remove}
        onTransfer={actions.transfer}
      />
      {actions.dialog}
    </>
  );
}

function Invites({ rows }: { readonly rows: React.ComponentProps<typeof InviteTable>["invites"] }) {
  const { role } = useTeam();
  const actions = useInviteActions();
  return (
    <>
      <InviteTable invites={rows} ownRole={role} onRenew={actions.renew} onRevoke={actions.revoke} />
      {actions.dialog}
    </>
  );
}
