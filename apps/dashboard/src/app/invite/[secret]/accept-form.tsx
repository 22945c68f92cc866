"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { Button } from "@/components/button.tsx";
import { Notice } from "@/components/notice.tsx";
import { signOutHere } from "@/components/shell/sign-out.ts";
import { errorWords } from "@/components/words/error-words.ts";
import { useTRPC } from "@/trpc/client.tsx";

/** For who is signed in already. */
export function AcceptForm({ secret, email }: { readonly secret: string; readonly email: string | null }) {
  const trpc = useTRPC();
  const me = useQuery(trpc.session.me.queryOptions());
  const accept = useMutation(
    trpc.invite.accept.mutationOptions({
      onSuccess: ({ team }) => window.location.assign(`/t/${team.slug}/devices`),
    }),
  );
  const own = me.data?.user.email;
  const isForAnother = email !== null && own !== undefined && email !== own;
  return (
    <div className="flex flex-col gap-4">
      {accept.error !== null && (
        <Notice tone="problem" live title={errorWords(accept.error).title}>
          {errorWords(accept.error).next}
        </Notice>
      )}
      {isForAnother ? (
        <Notice tone="problem" title="This invite is for another e-mail address.">
          It is for {email}, and you are signed in as {own}.
        </Notice>
      ) : (
        <p className="text-muted">You are signed in as {own}.</p>
      )}
      {!isForAnother && (
        <Button
          look="primary"
          className="min-h-9!"
          busy={accept.isPending || accept.isSuccess}
          onClick={() => accept.mutate({ secret })}
        >
          Join
        </Button>
      )}
      <Button onClick={() => void signOutHere(`/invite/${secret}`)}>Use another account</Button>
    </div>
  );
}
