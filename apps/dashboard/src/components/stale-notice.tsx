"use client";

import { Button } from "./button.tsx";
import { Notice } from "./notice.tsx";
import { useLive } from "./shell/live.tsx";
import { TimeAgo } from "./time.tsx";

type Query = { readonly isError: boolean; readonly dataUpdatedAt: number; readonly refetch: () => Promise<unknown> };

/** Absence of fresh evidence must not look like a good state: says since when what is shown may be out of date. */
export function StaleNotice({ query }: { readonly query: Query }) {
  const { state } = useLive();
  const isCutOff = state === "reconnecting" || state === "paused";
  if (!query.isError && !isCutOff) return null;
  return (
    <Notice
      tone="warning"
      live
      className="mb-3"
      actions={state !== "paused" && <Button onClick={() => void query.refetch()}>Try now</Button>}
      title={
        <>
          As of <TimeAgo at={new Date(query.dataUpdatedAt)} />
        </>
      }
    >
      {state === "paused"
        ? "Live updates are paused: what you see may be out of date."
        : "The server does not answer: what you see may be out of date."}
    </Notice>
  );
}
