import type { Metadata } from "next";
import { Hydrate, load, trpc } from "@/trpc/server.tsx";
import { MatrixView } from "./matrix-view.tsx";

export const metadata: Metadata = { title: "NAT matrix" };

export default async function MatrixPage({ params }: { readonly params: Promise<{ team: string }> }) {
  const { team } = await params;
  await load(trpc.connection.matrix.queryOptions({ team }));
  return (
    <Hydrate>
      <MatrixView />
    </Hydrate>
  );
}
