import { hasCapability } from "@pinhole/protocol/team";
import type { Metadata } from "next";
import { NoPermission } from "@/components/no-permission.tsx";
import { loadRole } from "@/trpc/load-role.ts";
import { Hydrate, load, trpc } from "@/trpc/server.tsx";
import { EnrollmentView } from "./enrollment-view.tsx";

export const metadata: Metadata = { title: "Enrollment" };

export default async function EnrollmentPage({ params }: { readonly params: Promise<{ team: string }> }) {
  const { team } = await params;
  const role = await loadRole(team);
  if (!hasCapability(role, "tokens.view") && !hasCapability(role, "devices.own"))
    return (
      <NoPermission title="Enrollment" capability="tokens.view">
        Seeing enrollment tokens
      </NoPermission>
    );
  await load(trpc.token.list.queryOptions({ team }));
  return (
    <Hydrate>
      <EnrollmentView />
    </Hydrate>
  );
}
