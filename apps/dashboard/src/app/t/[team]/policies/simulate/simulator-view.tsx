"use client";

import { useQuery } from "@tanstack/react-query";
import { ButtonLink } from "@/components/button.tsx";
import { useNow } from "@/components/clock.tsx";
import { Notice } from "@/components/notice.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { QueryProblem } from "@/components/query-problem.tsx";
import { SkeletonRows } from "@/components/skeleton.tsx";
import { Tabs } from "@/components/tabs.tsx";
import { useTeam } from "@/components/team-context.tsx";
import { useUrlState } from "@/components/url-state.ts";
import { useTRPC } from "@/trpc/client.tsx";
import { AskFields } from "./ask-fields.tsx";
import { PairAnswers } from "./pair-answers.tsx";
import { ReachTable } from "./reach-table.tsx";
import { useSimulatedPolicy } from "./use-simulated-policy.ts";

const TABS = ["pair", "from", "to"] as const;
const PROTOS = ["tcp", "udp", "icmp"] as const;

/** Asks a policy what it says, and the devices whether it is so. All that is asked is in the address. */
export function SimulatorView() {
  const trpc = useTRPC();
  const { slug: team } = useTeam();
  const [params, setParams] = useUrlState();
  const subjects = useQuery(trpc.policy.subjects.queryOptions({ team }));
  const choice = params.get("policy") ?? "live";
  const policy = useSimulatedPolicy(choice);
  const now = useNow();

  const from = params.get("src") ?? "";
  const to = params.get("dst") ?? "";
  const proto = PROTOS.find((each) => each === params.get("proto")) ?? "tcp";
  const portText = params.get("port") ?? "22";
  const port = /^[1-9]\d{0,4}$/.test(portText) && Number(portText) <= 65_535 ? Number(portText) : undefined;
  const when = params.get("at") ?? "";
  const chosen = when === "" ? Number.NaN : Date.parse(when);
  const at = Number.isNaN(chosen) ? now : chosen;
  const tab = TABS.find((each) => each === params.get("tab")) ?? "pair";

  return (
    <>
      <PageHeader
        title="Policy simulator"
        lead="What a policy says of two devices, and whether it is so."
        actions={<ButtonLink href={`/t/${team}/policies`}>Policies</ButtonLink>}
      />
      {subjects.data === undefined ? (
        subjects.isError ? (
          <QueryProblem error={subjects.error} onRetry={() => void subjects.refetch()} />
        ) : (
          <SkeletonRows label="Loading the devices" />
        )
      ) : (
        <div className="flex max-w-4xl flex-col gap-4">
          <AskFields
            subjects={subjects.data}
            policy={policy.kind === "read" ? policy.policy : undefined}
            values={{ from, to, proto, port: portText, when, choice }}
            tab={tab}
            isPortWrong={port === undefined}
            onChange={setParams}
          />
          {policy.kind === "loading" ? (
            <SkeletonRows label="Loading the policy" />
          ) : policy.kind === "missing" ? (
            <Notice
              tone="warning"
              live
              title={choice === "draft" ? "No draft is kept in this browser" : "There is no such version"}
            >
              {choice === "draft"
                ? "Begin one under Policies; it is kept while you write. Or ask the policy in force."
                : "Choose another one."}
            </Notice>
          ) : policy.kind === "fault" ? (
            <Notice tone="problem" live title={`Line ${policy.fault.line}: ${policy.fault.message}`}>
              A document with a fault says nothing. Mend it under Policies, or ask another version.
            </Notice>
          ) : (
            <Tabs
              label="Questions"
              shown={tab}
              onShow={(key) => setParams({ tab: key === "pair" ? undefined : key }, { step: true })}
              tabs={[
                {
                  key: "pair",
                  label: "Can A reach B?",
                  content: (
                    <PairAnswers
                      policy={policy}
                      subjects={subjects.data}
                      ask={port === undefined ? undefined : { from, to, proto, port, at }}
                      isLive={choice === "live"}
                    />
                  ),
                },
                {
                  key: "from",
                  label: "What can A reach?",
                  content: <ReachTable policy={policy} subjects={subjects.data} text={from} side="from" at={at} />,
                },
                {
                  key: "to",
                  label: "Who can reach B?",
                  content: <ReachTable policy={policy} subjects={subjects.data} text={to} side="to" at={at} />,
                },
              ]}
            />
          )}
        </div>
      )}
    </>
  );
}
