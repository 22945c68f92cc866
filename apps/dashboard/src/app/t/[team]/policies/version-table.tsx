"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/components/button.tsx";
import { Body, Cell, ColumnHead, DataTable, HeadRow, Row, RowTitle } from "@/components/data-table.tsx";
import { Dialog } from "@/components/dialog.tsx";
import { QueryProblem } from "@/components/query-problem.tsx";
import { SkeletonRows } from "@/components/skeleton.tsx";
import { useTeam } from "@/components/team-context.tsx";
import { TimeAgo } from "@/components/time.tsx";
import { useTRPC } from "@/trpc/client.tsx";
import type { PolicyVersion, PolicyVersionSummary } from "@/trpc/outputs.ts";
import { TextDiff } from "./text-diff.tsx";

type Props = {
  readonly versions: readonly PolicyVersionSummary[];
  readonly live: PolicyVersion;
  /** Begins a draft with an older document; undefined: who looks may not. */
  readonly onRestore: ((version: PolicyVersion) => void) | undefined;
};

export function VersionTable({ versions, live, onRestore }: Props) {
  const [shown, setShown] = useState<number>();
  return (
    <>
      <DataTable caption="Versions" inCard>
        <HeadRow>
          <ColumnHead>Version</ColumnHead>
          <ColumnHead>Message</ColumnHead>
          <ColumnHead>Saved</ColumnHead>
          <ColumnHead>
            <span className="sr-only">Actions</span>
          </ColumnHead>
        </HeadRow>
        <Body>
          {versions.map(({ version, message, author, createdAt }) => (
            <Row key={version}>
              <RowTitle>
                <span className="font-medium">{version}</span>{" "}
                {version === live.version && <span className="ms-1 text-sm text-muted">in force</span>}
              </RowTitle>
              <Cell label="Message" className="[overflow-wrap:anywhere]">
                {message === "" ? undefined : message}
              </Cell>
              <Cell label="Saved" className="text-muted">
                <TimeAgo at={createdAt} />
                {author !== null && (
                  <>
                    {" "}
                    by <bdi>{author}</bdi>
                  </>
                )}
              </Cell>
              <Cell className={version === live.version ? "card-hidden" : "card-actions text-end"}>
                {version === live.version ? (
                  <span />
                ) : (
                  <Button look="quiet" aria-label={`Look at version ${version}`} onClick={() => setShown(version)}>
                    Look
                  </Button>
                )}
              </Cell>
            </Row>
          ))}
        </Body>
      </DataTable>
      {shown !== undefined && (
        <VersionDialog
          version={shown}
          live={live}
          onRestore={
            onRestore &&
            ((version) => {
              setShown(undefined);
              onRestore(version);
            })
          }
          onClose={() => setShown(undefined)}
        />
      )}
    </>
  );
}

function VersionDialog({
  version,
  live,
  onRestore,
  onClose,
}: Omit<Props, "versions"> & { readonly version: number; readonly onClose: () => void }) {
  const trpc = useTRPC();
  const { slug: team } = useTeam();
  const found = useQuery(trpc.policy.version.queryOptions({ team, version }));
  return (
    <Dialog open onClose={onClose} title={`Version ${version}`}>
      {found.data === undefined ? (
        found.isError ? (
          <QueryProblem error={found.error} onRetry={() => void found.refetch()} />
        ) : (
          <SkeletonRows label="Loading the version" />
        )
      ) : (
        <>
          <p className="mb-2 text-sm text-muted">What going back to it from version {live.version} would change:</p>
          <TextDiff before={live.document} after={found.data.document} />
          <div className="mt-4 flex justify-end gap-2">
            <Button onClick={onClose}>Close</Button>
            {onRestore !== undefined && <Button onClick={() => onRestore(found.data)}>Edit it as a draft</Button>}
          </div>
        </>
      )}
    </Dialog>
  );
}
