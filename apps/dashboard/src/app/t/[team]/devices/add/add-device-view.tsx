"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button, ButtonLink } from "@/components/button.tsx";
import { Card } from "@/components/card.tsx";
import { useNow } from "@/components/clock.tsx";
import { InstallCommand } from "@/components/install-command.tsx";
import { Notice } from "@/components/notice.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { QueryProblem } from "@/components/query-problem.tsx";
import { useMay, useTeam } from "@/components/team-context.tsx";
import { TimeAgo } from "@/components/time.tsx";
import { TokenForm } from "@/components/token-form.tsx";
import { useUrlState } from "@/components/url-state.ts";
import { useTRPC } from "@/trpc/client.tsx";
import type { CreatedToken, TokenProgress } from "@/trpc/outputs.ts";
import { checklist } from "./checklist.ts";
import { ChecklistView } from "./checklist-view.tsx";
import { OwnTokenCount } from "./own-token-count.tsx";
import { parseTokenId, type TokenId } from "./token-id.ts";

/**
 * Creates a token, shows its command once, and follows what becomes of it. The address names the token, so that a
 * reload keeps the checklist; the command itself is gone by then, as it should be.
 */
export function AddDeviceView() {
  const [params, setParams] = useUrlState();
  const [created, setCreated] = useState<CreatedToken>();
  const tokenId = parseTokenId(params.get("token"));
  const mayAddAny = useMay("tokens.manage");

  function onCreated(token: CreatedToken) {
    setCreated(token);
    setParams({ token: token.id });
  }
  function startOver() {
    setCreated(undefined);
    setParams({ token: undefined });
  }

  return (
    <div className="max-w-3xl">
      <PageHeader title="Add a device" lead="One command on the machine, and it is here." />
      {tokenId === undefined ? (
        <Card title="Create a token">
          <p className="mb-3 text-muted">
            The token lets one machine join this team within the next hour. It is shown once, inside the command.
          </p>
          {!mayAddAny && <OwnTokenCount />}
          <TokenForm collapsed defaultName="New device" submitLabel="Create token" onCreated={onCreated} />
        </Card>
      ) : (
        <Enrolling
          key={tokenId}
          tokenId={tokenId}
          created={created?.id === tokenId ? created : undefined}
          onStartOver={startOver}
        />
      )}
    </div>
  );
}

type EnrollingProps = {
  readonly tokenId: TokenId;
  /** Only on the page that created it. */
  readonly created: CreatedToken | undefined;
  readonly onStartOver: () => void;
};

function Enrolling({ tokenId, created, onStartOver }: EnrollingProps) {
  const trpc = useTRPC();
  const { slug: team } = useTeam();
  const progress = useQuery(trpc.token.progress.queryOptions({ team, tokenId }));

  return (
    <div className="flex flex-col gap-4">
      {created === undefined ? (
        <Notice
          title="The command is not shown again"
          actions={<Button onClick={onStartOver}>Create another token</Button>}
        >
          Only a hash of the token is kept. If the command was not copied, create another one and revoke this under
          Enrollment.
        </Notice>
      ) : (
        <Card title="Run this on the machine">
          <InstallCommand token={created.token} installCommand={created.command} serverUrl={created.serverUrl} />
          <p className="mt-3 text-sm text-muted">
            Shown once. Expires <TimeAgo at={created.expiresAt} focusable />.
          </p>
        </Card>
      )}
      {progress.data !== undefined ? (
        <Progress progress={progress.data} serverUrl={created?.serverUrl} onStartOver={onStartOver} />
      ) : (
        progress.isError && <QueryProblem error={progress.error} onRetry={() => void progress.refetch()} />
      )}
    </div>
  );
}

type ProgressProps = {
  readonly progress: TokenProgress;
  readonly serverUrl: string | undefined;
  readonly onStartOver: () => void;
};

function Progress({ progress, serverUrl, onStartOver }: ProgressProps) {
  const { slug: team } = useTeam();
  const now = useNow();
  const [shownAt] = useState(() => new Date(now));
  const devices = progress.devices.length === 0 ? [undefined] : progress.devices;

  return (
    <>
      {devices.map((device) => {
        const steps = checklist({ progress, device, serverUrl: serverUrl ?? "this server", shownAt, now });
        const isDone = steps.every(({ state }) => state === "done");
        return (
          <Card
            key={device?.id ?? "none"}
            title={device === undefined ? "Progress" : device.name}
            actions={
              device !== undefined && <ButtonLink href={`/t/${team}/devices/${device.id}`}>Open device</ButtonLink>
            }
          >
            <ChecklistView steps={steps} />
            <output className="sr-only">
              {steps.findLast(({ state }) => state === "done")?.title ?? "Waiting for the machine"}
            </output>
            {isDone && (
              <div className="mt-4 flex flex-wrap gap-2 border-t border-hairline pt-4">
                <Button look="primary" onClick={onStartOver}>
                  Add another
                </Button>
                <ButtonLink href={`/t/${team}/devices`}>Go to devices</ButtonLink>
              </div>
            )}
          </Card>
        );
      })}
    </>
  );
}
