import type { Metadata } from "next";
import { Hydrate, load, trpc } from "@/trpc/server.tsx";
import { SettingsView } from "./settings-view.tsx";

export const metadata: Metadata = { title: "Settings" };

export default async function SettingsPage() {
  await Promise.all([load(trpc.session.me.queryOptions()), load(trpc.session.list.queryOptions())]);
  return (
    <Hydrate>
      <SettingsView />
    </Hydrate>
  );
}
