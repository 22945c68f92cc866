import { hasCapability } from "@pinhole/protocol/team";
import type { Metadata } from "next";
import { NoPermission } from "@/components/no-permission.tsx";
import { loadRole } from "@/trpc/load-role.ts";
import { Hydrate, load, trpc } from "@/trpc/server.tsx";
import { WebhooksView } from "./webhooks-view.tsx";

export const metadata: Metadata = { title: "Webhooks" };

export default async function WebhooksPage({ params }: { readonly params: Promise<{ team: string }> }) {
  const { team } = await params;
  if (!hasCapability(await loadRole(team), "webhooks.view"))
    return (
      <NoPermission title="Webhooks" capability="webhooks.view">
        Seeing webhooks
      </NoPermission>
    );
  await load(trpc.webhook.list.queryOptions({ team }));
  return (
    <Hydrate>
      <WebhooksView />
    </Hydrate>
  );
}
