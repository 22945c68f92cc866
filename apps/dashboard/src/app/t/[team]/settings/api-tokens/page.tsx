import { hasCapability } from "@pinhole/protocol/team";
import type { Metadata } from "next";
import { NoPermission } from "@/components/no-permission.tsx";
import { loadRole } from "@/trpc/load-role.ts";
import { Hydrate, load, trpc } from "@/trpc/server.tsx";
import { ApiTokensView } from "./api-tokens-view.tsx";

export const metadata: Metadata = { title: "API tokens" };

export default async function ApiTokensPage({ params }: { readonly params: Promise<{ team: string }> }) {
  const { team } = await params;
  if (!hasCapability(await loadRole(team), "api-tokens.view"))
    return (
      <NoPermission title="API tokens" capability="api-tokens.view">
        Seeing API tokens
      </NoPermission>
    );
  await load(trpc.apiToken.list.queryOptions({ team }));
  return (
    <Hydrate>
      <ApiTokensView />
    </Hydrate>
  );
}
