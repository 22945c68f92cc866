import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { Entrance } from "@/components/entrance.tsx";
import { load, trpc } from "@/trpc/server.tsx";
import { SetupForm } from "./setup-form.tsx";

export const metadata: Metadata = { title: "Set up" };

export default async function SetupPage() {
  const { needed } = await load(trpc.setup.status.queryOptions());
  if (!needed) redirect("/");
  return (
    <Entrance
      title="Set up Pinhole"
      lead="This server has no owner yet. Whoever can read its output holds the set-up code and may claim it."
    >
      <SetupForm />
    </Entrance>
  );
}
