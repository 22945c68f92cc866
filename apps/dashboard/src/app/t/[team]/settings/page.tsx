import type { Metadata } from "next";
import { Hydrate, load, trpc } from "@/trpc/server.tsx";
import { SettingsView } from "./settings-view.tsx";

export const metadata: Metadata = { title: "Settings" };

export default async function SettingsPage({ params }: { readonly params: Promise<{ team: string }> }) {
  const { team } = await params;
  await Promise.all([
    load(trpc.session.me.queryOptions()),
    load(trpc.session.list.queryOptions()),
    load(trpc.secondFactor.status.queryOptions()),
    load(trpc.passkey.list.queryOptions()),
    load(trpc.identity.list.queryOptions()),
    load(trpc.team.get.queryOptions({ team })),
  ]);
  return (
    <Hydrate>
      <SettingsView />
    </Hydrate>
  );
}
