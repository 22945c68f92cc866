import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { Hydrate, load, trpc } from "@/trpc/server.tsx";
import { PairView } from "./pair-view.tsx";
import { parseAttemptId, parsePair } from "./pair-path.ts";

type Props = {
  readonly params: Promise<{ team: string; pair: string }>;
  readonly searchParams: Promise<{ readonly attempt?: string | string[] }>;
};

export async function generateMetadata(props: Props): Promise<Metadata> {
  const { detail } = await loadPair(props);
  return { title: `${detail.a.name} and ${detail.b.name}` };
}

export default async function PairPage(props: Props) {
  const { pair } = await loadPair(props);
  return (
    <Hydrate>
      <PairView pair={pair} />
    </Hydrate>
  );
}

/** Asked for twice in a request and fetched once. */
async function loadPair({ params, searchParams }: Props) {
  const { team, pair: segment } = await params;
  const pair = parsePair(segment);
  if (pair === undefined) notFound();
  const attemptId = parseAttemptId((await searchParams).attempt);
  const detail = await load(
    trpc.connection.get.queryOptions({ team, ...pair, ...(attemptId !== undefined && { attemptId }) }),
  );
  return { pair, detail };
}
