"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { usePathname, useSearchParams } from "next/navigation";
import { Button } from "@/components/button.tsx";
import { Notice } from "@/components/notice.tsx";
import { goToProvider } from "@/components/provider-start.ts";
import { QueryProblem } from "@/components/query-problem.tsx";
import { SkeletonRows } from "@/components/skeleton.tsx";
import { toast } from "@/components/toast-store.ts";
import { errorWords } from "@/components/words/error-words.ts";
import { providerWords } from "@/components/words/provider-words.ts";
import { useTRPC } from "@/trpc/client.tsx";
import { IdentityList } from "./identity-list.tsx";

/** What one's own account can be signed in to by. */
export function SignInMethods() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const page = usePathname();
  const problem = providerWords(useSearchParams().get("problem"));
  const methods = useQuery(trpc.identity.list.queryOptions());
  const connect = useMutation(
    trpc.identity.connect.mutationOptions({
      onSuccess: ({ ticket }) => goToProvider({ ticket, next: page }),
      onError: (error) => toast.problem(errorWords(error).title, errorWords(error).next),
    }),
  );
  const disconnect = useMutation(
    trpc.identity.disconnect.mutationOptions({
      onSuccess: () =>
        toast.done("The sign-in is disconnected", "It does not let anybody in to your account any more."),
      onError: (error) => toast.problem(errorWords(error).title, errorWords(error).next),
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.identity.pathKey() }),
    }),
  );

  if (methods.data === undefined) {
    return methods.isError ? (
      <QueryProblem error={methods.error} onRetry={() => void methods.refetch()} />
    ) : (
      <SkeletonRows rows={1} label="Loading sign-in methods" />
    );
  }
  const { provider, hasPassword, identities } = methods.data;
  return (
    <div className="flex flex-col gap-3">
      {problem !== undefined && (
        <Notice tone="problem" live title={problem.title}>
          {problem.next}
        </Notice>
      )}
      <p>
        {hasPassword ? "Your password signs in." : "Your account has no password: one of these, or a passkey, stays."}
      </p>
      {identities.length > 0 && (
        <IdentityList
          identities={identities}
          busyId={disconnect.isPending ? disconnect.variables.identityId : undefined}
          onDisconnect={(identityId) => disconnect.mutate({ identityId })}
        />
      )}
      {provider !== null && (
        <Button
          className="self-start"
          busy={connect.isPending || connect.isSuccess}
          onClick={() => connect.mutate({ page })}
        >
          Connect {provider}
        </Button>
      )}
    </div>
  );
}
