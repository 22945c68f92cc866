"use client";

/**
 * The page's one live connection. The server's events are hints: which data to read again, never the data. Silence for
 * longer than two heartbeats counts as a lost connection, whatever the socket believes.
 */
import { type QueryKey, skipToken, useQueryClient } from "@tanstack/react-query";
import { TRPCClientError } from "@trpc/client";
import { useSubscription } from "@trpc/tanstack-react-query";
import { createContext, use, useEffect, useMemo, useState } from "react";
import { useTRPC } from "@/trpc/client.tsx";
import { goToSignIn } from "@/trpc/go-to-sign-in.ts";
import type { HintKind } from "@/trpc/outputs.ts";
import { newEventFollower } from "./event-follower.ts";
import { newGatherer } from "./gatherer.ts";
import { newWatchdog } from "./watchdog.ts";

/** A list of a busy team is asked for again twice a second at most. */
const GATHER_MS = 500;
/** A tab that stays hidden this long lets go of its connection. */
const HIDDEN_PAUSE_MS = 60_000;

export type LiveState = "live" | "connecting" | "reconnecting" | "paused";

type Live = { readonly state: LiveState; readonly isPaused: boolean; readonly setPaused: (paused: boolean) => void };

const LiveContext = createContext<Live>({ state: "connecting", isPaused: false, setPaused: () => undefined });

export const useLive = () => use(LiveContext);

export function LiveProvider({ team, children }: { readonly team: string; readonly children: React.ReactNode }) {
  const trpc = useTRPC();
  const reread = useReread();
  const [isPaused, setPaused] = useState(false);
  const isHidden = useHiddenFor(HIDDEN_PAUSE_MS);
  const [connection, setConnection] = useState<"connecting" | "live" | "reconnecting">("connecting");
  const [follower] = useState(newEventFollower);
  const [watchdog] = useState(() => newWatchdog(() => setConnection("reconnecting")));

  const isOn = !isPaused && !isHidden;
  useSubscription(
    trpc.team.events.subscriptionOptions(isOn ? { team } : skipToken, {
      onData(event) {
        const again = follower.next(event);
        setConnection("live");
        watchdog.heard(2 * follower.heartbeatMs());
        if (again === "everything") reread.everything();
        else if (again !== "nothing") reread.kinds(again);
      },
      onConnectionStateChange({ state, error }) {
        if (state === "connecting") setConnection(error === null ? "connecting" : "reconnecting");
      },
      onError(error) {
        if (error instanceof TRPCClientError && error.message === "signed-out") goToSignIn();
        else setConnection("reconnecting");
      },
    }),
  );
  useEffect(() => {
    // A refused upgrade does not say why. This answer does, and leads to sign-in if that is it.
    if (connection === "reconnecting") void reread.session();
  }, [connection, reread]);
  // Silence means nothing while nobody listens.
  useEffect(() => (isOn ? watchdog.stop : undefined), [isOn, watchdog]);

  return <LiveContext value={{ state: isOn ? connection : "paused", isPaused, setPaused }}>{children}</LiveContext>;
}

function useReread() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const reread = useMemo(() => {
    const keys: Record<HintKind, readonly QueryKey[]> = {
      devices: [
        trpc.device.list.queryKey(),
        trpc.device.get.queryKey(),
        trpc.connection.pathKey(),
        trpc.relay.pathKey(),
        trpc.token.progress.queryKey(),
        trpc.policy.rollout.queryKey(),
      ],
      paths: [
        trpc.device.list.queryKey(),
        trpc.device.get.queryKey(),
        trpc.connection.pathKey(),
        trpc.relay.pathKey(),
        trpc.token.progress.queryKey(),
      ],
      rollout: [trpc.policy.rollout.queryKey()],
      attempts: [trpc.connection.pathKey()],
      metrics: [trpc.device.metrics.queryKey()],
      tokens: [trpc.token.pathKey()],
      members: [trpc.member.pathKey(), trpc.invite.pathKey(), trpc.session.me.queryKey()],
      policy: [trpc.policy.pathKey(), trpc.relay.pathKey(), trpc.team.get.queryKey()],
    };
    const gatherer = newGatherer<HintKind>(GATHER_MS, (kinds) => {
      for (const queryKey of [...kinds].flatMap((kind) => keys[kind])) void queryClient.invalidateQueries({ queryKey });
      // What people do is in the activity log, whatever it was about.
      if (!kinds.has("metrics") && !kinds.has("rollout"))
        void queryClient.invalidateQueries({ queryKey: trpc.activity.pathKey() });
    });
    return {
      session: () => queryClient.prefetchQuery(trpc.session.me.queryOptions(undefined, { staleTime: 0 })),
      everything: () => void queryClient.invalidateQueries(),
      kinds: gatherer.add,
      stop: gatherer.stop,
    };
  }, [trpc, queryClient]);
  useEffect(() => reread.stop, [reread]);
  return reread;
}

function useHiddenFor(delayMs: number): boolean {
  const [isHidden, setHidden] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    function onChange() {
      clearTimeout(timer);
      if (document.hidden) timer = setTimeout(() => setHidden(true), delayMs);
      else setHidden(false);
    }
    document.addEventListener("visibilitychange", onChange);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", onChange);
    };
  }, [delayMs]);
  return isHidden;
}
