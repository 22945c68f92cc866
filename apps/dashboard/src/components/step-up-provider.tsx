"use client";

import { useQuery } from "@tanstack/react-query";
import { useTRPC } from "@/trpc/client.tsx";
import { Button } from "./button.tsx";
import { goToProvider } from "./provider-start.ts";

/** For who has no password, or would rather not type it: a sign-in through the provider that it does not answer from memory. */
export function StepUpProvider() {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.identity.list.queryOptions());
  if (!data?.identities.some(({ isUsable }) => isUsable)) return null;
  return (
    <div className="mt-4 flex flex-col gap-3 border-t border-hairline pt-4">
      <p className="text-muted">
        {data.hasPassword ? "Or sign" : "Sign"} in again through the provider, come back here, and ask for it once more.
      </p>
      <Button onClick={() => goToProvider({ fresh: "1", next: window.location.pathname + window.location.search })}>
        {data.provider}
      </Button>
    </div>
  );
}
