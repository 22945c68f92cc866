import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { Hydrate, load, trpc } from "@/trpc/server.tsx";
import { PairView } from "./pair-view.tsx";
import { parseAttemptId, parsePair } from "./pair-path.ts";

type Props = {
  readonly params: Promise<{ team: string; pair: string }>;
  readonly searchParams: Promise<{ readonly attempt?: string | string[] }>;
};

export const metadata: Metadata = { title: "Connection" };

export default async function PairPage({ params, searchParams }: Props) {
  const { team, pair: segment } = await params;
  const pair = parsePair(segment);
  if (pair === undefined) notFound();
  const attemptId = parseAttemptId((await searchParams).attempt);
  await load(trpc.connection.get.queryOptions({ team, ...pair, ...(attemptId !== undefined && { attemptId }) }));
  return (
    <Hydrate>
      <PairView pair={pair} />
    </Hydrate>
  );
}
