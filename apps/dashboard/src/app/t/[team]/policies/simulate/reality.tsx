"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { Button, ButtonLink } from "@/components/button.tsx";
import { Card } from "@/components/card.tsx";
import { Fact, Facts } from "@/components/facts.tsx";
import { Notice } from "@/components/notice.tsx";
import { QueryProblem } from "@/components/query-problem.tsx";
import { SkeletonRows } from "@/components/skeleton.tsx";
import { StateLabel } from "@/components/state-sign.tsx";
import { useMay, useTeam } from "@/components/team-context.tsx";
import { TimeAgo } from "@/components/time.tsx";
import { errorWords } from "@/components/words/error-words.ts";
import { pairSign, pairWords } from "@/components/words/pair-words.ts";
import { useTRPC } from "@/trpc/client.tsx";
import type { PolicyRollout } from "@/trpc/outputs.ts";
import { reachWords } from "./reach-words.ts";
import type { Ask } from "./simulate.ts";

type Device = { readonly id: string; readonly name: string };
type Props = {
  readonly from: Device;
  readonly to: Device;
  readonly ask: Ask;
  readonly allowed: boolean;
  readonly isLive: boolean;
};

const deviceId = ({ id }: Device) => id as `dev_${string}`;

/** What is so, beside what the policy says: the path, the last attempt, the policy that the device runs, a try. */
export function Reality({ from, to, ask, allowed, isLive }: Props) {
  const trpc = useTRPC();
  const { slug: team } = useTeam();
  const [a, b] = [deviceId(from), deviceId(to)];
  const connection = useQuery(trpc.connection.get.queryOptions({ team, a, b }));
  const rollout = useQuery(trpc.policy.rollout.queryOptions({ team }));
  const pair = [from.id, to.id].toSorted().join("..");
  const last = connection.data?.attempts[0];
  return (
    <Card
      title="And in reality"
      actions={<ButtonLink href={`/t/${team}/connections/${pair}`}>Look at the connection</ButtonLink>}
    >
      {connection.data === undefined ? (
        connection.isError ? (
          <QueryProblem error={connection.error} onRetry={() => void connection.refetch()} />
        ) : (
          <SkeletonRows label="Looking at the connection" />
        )
      ) : (
        <Facts>
          <Fact name="Path">
            <StateLabel state={pairSign(connection.data.state.kind, connection.data.isTrying)}>
              {pairWords(connection.data.state)}
            </StateLabel>
            {connection.data.state.rttMs !== null && ` ${Math.round(connection.data.state.rttMs)} ms`}
          </Fact>
          <Fact name="Last attempt">
            {last === undefined ? (
              "None is kept"
            ) : (
              <>
                <TimeAgo at={last.startAt} focusable />
                {last.outcome === null ? ", under way" : last.outcome === "direct" ? ", direct" : ", no direct path"}
              </>
            )}
          </Fact>
          <Fact name={`Runs on ${to.name}`}>
            {rollout.data === undefined ? "Not known yet" : runsWords(rollout.data, to.id)}
          </Fact>
        </Facts>
      )}
      {!isLive && (
        <p className="mt-3 text-sm text-muted">All of this is of the policy in force, not of the one asked.</p>
      )}
      <Probe from={from} to={to} ask={ask} allowed={allowed} />
    </Card>
  );
}

/** What lets packets in is the filter of the device that receives them. */
export function runsWords({ version, devices }: PolicyRollout, id: string): string {
  const found = devices.find(({ deviceId: each }) => each === id);
  if (found === undefined) return `Offline: it takes version ${version} when it comes back`;
  switch (found.state) {
    case "current":
      return `Version ${version}, the one in force`;
    case "behind":
      return `${found.version === null ? "Another filter" : `Version ${found.version}`}: version ${version} is on its way`;
    case "silent":
      return "It has not said. Agents of an older version do not";
    default:
      return found.state satisfies never;
  }
}

function Probe({ from, to, ask, allowed }: Omit<Props, "isLive">) {
  const trpc = useTRPC();
  const { slug: team } = useTeam();
  const may = useMay("connections.retry");
  const probe = useMutation(trpc.policy.probe.mutationOptions());
  if (!may) return null;
  if (ask.proto !== "tcp")
    return <p className="mt-3 text-sm text-muted">A real try is made over tcp alone: ask about a tcp port for one.</p>;
  const asked = probe.variables;
  const isSame = asked?.from === from.id && asked.to === to.id && asked.port === ask.port;
  const words =
    isSame && probe.data !== undefined ? reachWords(probe.data, { from, to, port: ask.port, allowed }) : undefined;
  return (
    <div className="mt-3 flex flex-col gap-3">
      <p>
        <Button
          busy={probe.isPending}
          onClick={() => probe.mutate({ team, from: deviceId(from), to: deviceId(to), port: ask.port })}
        >
          {probe.isPending ? "Trying …" : "Probe now"}
        </Button>
      </p>
      {words !== undefined && (
        <Notice tone={words.tone} live title={words.title}>
          {words.next}
        </Notice>
      )}
      {isSame && probe.error !== null && (
        <Notice tone="problem" live title={errorWords(probe.error).title}>
          {errorWords(probe.error).next}
        </Notice>
      )}
    </div>
  );
}
