import { hasCapability } from "@pinhole/protocol/team";
import type { Metadata } from "next";
import { NoPermission } from "@/components/no-permission.tsx";
import { loadRole } from "@/trpc/load-role.ts";
import { ActivityView } from "./activity-view.tsx";

export const metadata: Metadata = { title: "Activity" };

export default async function ActivityPage({ params }: { readonly params: Promise<{ team: string }> }) {
  const { team } = await params;
  if (!hasCapability(await loadRole(team), "activity.view"))
    return (
      <NoPermission title="Activity" capability="activity.view">
        Seeing what was done
      </NoPermission>
    );
  return <ActivityView />;
}
