"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/components/button.tsx";
import { QueryProblem } from "@/components/query-problem.tsx";
import { SkeletonRows } from "@/components/skeleton.tsx";
import { TimeAgo } from "@/components/time.tsx";
import { toast } from "@/components/toast-store.ts";
import { errorWords } from "@/components/words/error-words.ts";
import { useTRPC } from "@/trpc/client.tsx";
import { RecoveryCodesDialog } from "./recovery-codes-dialog.tsx";
import { SecondFactorDialog } from "./second-factor-dialog.tsx";
import { TurnOffDialog } from "./turn-off-dialog.tsx";

/** Below this many, it is time for new ones. */
const FEW_CODES = 3;

type Shown = { readonly kind: "set-up" | "turn-off" } | { readonly kind: "codes"; readonly codes: readonly string[] };

export function SecondFactorSetting() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [shown, setShown] = useState<Shown>();
  const status = useQuery(trpc.secondFactor.status.queryOptions());
  const refresh = () => queryClient.invalidateQueries({ queryKey: trpc.secondFactor.pathKey() });
  const renew = useMutation(
    trpc.secondFactor.renewCodes.mutationOptions({
      onSuccess: ({ recoveryCodes }) => setShown({ kind: "codes", codes: recoveryCodes }),
      onError: (error) => toast.problem(errorWords(error).title, errorWords(error).next),
      onSettled: refresh,
    }),
  );
  const close = () => {
    setShown(undefined);
    void refresh();
  };

  if (status.data === undefined) {
    return status.isError ? (
      <QueryProblem error={status.error} onRetry={() => void status.refetch()} />
    ) : (
      <SkeletonRows rows={1} label="Loading the second factor" />
    );
  }
  const { since, recoveryCodesLeft } = status.data;
  return (
    <>
      {since === null ? (
        <>
          <p className="mb-3 max-w-prose">
            Off: the password alone signs in. With an app that makes codes, a password that somebody else learnt is not
            enough.
          </p>
          <Button onClick={() => setShown({ kind: "set-up" })}>Turn on</Button>
        </>
      ) : (
        <>
          <p className="mb-1">
            On since <TimeAgo at={since} />: signing in asks for a code of your app.
          </p>
          <p className={recoveryCodesLeft < FEW_CODES ? "mb-3 text-danger" : "mb-3 text-muted"}>
            {recoveryCodesLeft} of 10 recovery codes are left.
            {recoveryCodesLeft < FEW_CODES && " Make new ones before you need them."}
          </p>
          <div className="flex flex-wrap gap-2">
            <Button busy={renew.isPending} onClick={() => renew.mutate()}>
              New recovery codes
            </Button>
            <Button look="quiet" className="text-danger!" onClick={() => setShown({ kind: "turn-off" })}>
              Turn off
            </Button>
          </div>
        </>
      )}
      {shown?.kind === "set-up" && (
        <SecondFactorDialog onClose={close} onDone={(codes) => setShown({ kind: "codes", codes })} />
      )}
      {shown?.kind === "codes" && <RecoveryCodesDialog codes={shown.codes} onClose={close} />}
      {shown?.kind === "turn-off" && <TurnOffDialog onClose={close} />}
    </>
  );
}
