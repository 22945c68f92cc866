"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "@/components/button.tsx";
import { Card } from "@/components/card.tsx";
import { Fact, Facts } from "@/components/facts.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { QueryProblem } from "@/components/query-problem.tsx";
import { signOutHere } from "@/components/shell/sign-out.ts";
import { SkeletonRows } from "@/components/skeleton.tsx";
import { useMay, useTeam } from "@/components/team-context.tsx";
import { toast } from "@/components/toast-store.ts";
import { errorWords } from "@/components/words/error-words.ts";
import { ROLE_HINTS, ROLE_WORDS } from "@/components/words/role-words.ts";
import { useTRPC } from "@/trpc/client.tsx";
import type { SessionRow } from "@/trpc/outputs.ts";
import { DeviceSettings } from "./device-settings.tsx";
import { PasskeySetting } from "./passkey-setting.tsx";
import { SecondFactorSetting } from "./second-factor-setting.tsx";
import { SessionTable } from "./session-table.tsx";
import { SettingsNav } from "./settings-nav.tsx";
import { given, settingsWords } from "./settings-words.ts";
import { ShortcutSetting } from "./shortcut-setting.tsx";
import { SignInMethods } from "./sign-in-methods.tsx";
import { SpraySetting } from "./spray-setting.tsx";

export function SettingsView() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const team = useTeam();
  const me = useQuery(trpc.session.me.queryOptions());
  const facts = useQuery(trpc.team.get.queryOptions({ team: team.slug }));
  const mayChange = useMay("team.configure");
  const sessions = useQuery(trpc.session.list.queryOptions());
  const revoke = useMutation(
    trpc.session.revoke.mutationOptions({
      onSuccess: () => toast.done("The session is signed out", "That browser has to sign in again."),
      onError: (error) => toast.problem(errorWords(error).title, errorWords(error).next),
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.session.list.queryKey() }),
    }),
  );

  const revokeOthers = useMutation(
    trpc.session.revokeOthers.mutationOptions({
      onSuccess: ({ ended }) =>
        toast.done(
          ended === 0
            ? "There was no other session"
            : ended === 1
              ? "1 session is signed out"
              : `${ended} sessions are signed out`,
          "This browser stays signed in.",
        ),
      onError: (error) => toast.problem(errorWords(error).title, errorWords(error).next),
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.session.list.queryKey() }),
    }),
  );

  const configure = useMutation(
    trpc.team.configure.mutationOptions({
      onSuccess: (_, changed) => {
        const { title, next } = settingsWords(changed);
        toast.done(title, next);
      },
      onError: (error) => toast.problem(errorWords(error).title, errorWords(error).next),
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.team.get.queryKey() }),
    }),
  );

  function onRevoke({ id, isCurrent }: SessionRow) {
    if (isCurrent) void signOutHere();
    else revoke.mutate({ sessionId: id });
  }

  return (
    <>
      <PageHeader title="Settings" />
      <SettingsNav />
      <div className="flex max-w-4xl flex-col gap-4">
        <Card title="Account">
          <Facts>
            <Fact name="Name">{me.data?.user.name}</Fact>
            <Fact name="E-mail">{me.data?.user.email}</Fact>
            <Fact name="Team">{team.name}</Fact>
            <Fact name="Role">{`${ROLE_WORDS[team.role]}: ${ROLE_HINTS[team.role].toLowerCase()}`}</Fact>
          </Facts>
        </Card>
        <Card title="Second factor">
          <SecondFactorSetting />
        </Card>
        <PasskeySetting />
        <Card title="Sign-in methods">
          <SignInMethods />
        </Card>
        <Card
          flush
          title="Sessions"
          actions={
            <span className="flex flex-wrap">
              {(sessions.data?.length ?? 0) > 1 && (
                <Button look="quiet" busy={revokeOthers.isPending} onClick={() => revokeOthers.mutate()}>
                  Sign out everywhere else
                </Button>
              )}
              <Button look="quiet" onClick={() => void signOutHere()}>
                Sign out here
              </Button>
            </span>
          }
        >
          {sessions.data === undefined ? (
            sessions.isError ? (
              <QueryProblem error={sessions.error} onRetry={() => void sessions.refetch()} />
            ) : (
              <SkeletonRows rows={2} label="Loading sessions" />
            )
          ) : (
            <SessionTable sessions={sessions.data} onRevoke={onRevoke} />
          )}
        </Card>
        <Card title="Devices">
          {facts.data === undefined ? (
            facts.isError ? (
              <QueryProblem error={facts.error} onRetry={() => void facts.refetch()} />
            ) : (
              <SkeletonRows rows={2} label="Loading the team's settings" />
            )
          ) : (
            <DeviceSettings
              settings={{ ...facts.data, ...(configure.isPending ? given(configure.variables) : {}) }}
              mayChange={mayChange}
              onChange={(changed) => configure.mutate({ team: team.slug, ...changed })}
            />
          )}
        </Card>
        <Card title="Direct paths">
          {facts.data === undefined ? (
            facts.isError ? (
              <QueryProblem error={facts.error} onRetry={() => void facts.refetch()} />
            ) : (
              <SkeletonRows rows={1} label="Loading the team's settings" />
            )
          ) : (
            <SpraySetting
              maySpray={(configure.isPending ? configure.variables.maySpray : undefined) ?? facts.data.maySpray}
              mayChange={mayChange}
              onChange={(maySpray) => configure.mutate({ team: team.slug, maySpray })}
            />
          )}
        </Card>
        <Card title="This browser">
          <ShortcutSetting />
        </Card>
      </div>
    </>
  );
}
