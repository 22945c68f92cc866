"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/components/button.tsx";
import { Card } from "@/components/card.tsx";
import { usePasskeyObstacle } from "@/components/passkey.ts";
import { QueryProblem } from "@/components/query-problem.tsx";
import { SkeletonRows } from "@/components/skeleton.tsx";
import { OBSTACLE_WORDS } from "@/components/words/passkey-words.ts";
import { useTRPC } from "@/trpc/client.tsx";
import type { PasskeySummary } from "@/trpc/outputs.ts";
import { AddPasskeyDialog } from "./add-passkey-dialog.tsx";
import { PasskeyTable } from "./passkey-table.tsx";
import { RemovePasskeyDialog } from "./remove-passkey-dialog.tsx";
import { RenamePasskeyDialog } from "./rename-passkey-dialog.tsx";

type Shown = { readonly kind: "add" } | { readonly kind: "rename" | "remove"; readonly passkey: PasskeySummary };

export function PasskeySetting() {
  const trpc = useTRPC();
  const obstacle = usePasskeyObstacle();
  const [shown, setShown] = useState<Shown>();
  const passkeys = useQuery(trpc.passkey.list.queryOptions());
  const close = () => setShown(undefined);
  const hasSome = (passkeys.data?.length ?? 0) > 0;
  return (
    <Card
      title="Passkeys"
      flush={hasSome}
      actions={
        obstacle === null && (
          <Button look="quiet" onClick={() => setShown({ kind: "add" })}>
            Add passkey
          </Button>
        )
      }
    >
      {passkeys.data === undefined ? (
        passkeys.isError ? (
          <QueryProblem error={passkeys.error} onRetry={() => void passkeys.refetch()} />
        ) : (
          <SkeletonRows rows={1} label="Loading passkeys" />
        )
      ) : hasSome ? (
        <PasskeyTable
          passkeys={passkeys.data}
          onRename={(passkey) => setShown({ kind: "rename", passkey })}
          onRemove={(passkey) => setShown({ kind: "remove", passkey })}
        />
      ) : (
        <p className="max-w-prose">
          None. A passkey is kept by your phone, computer or security key, and signs you in by what unlocks that:
          without a password, and without a code.
        </p>
      )}
      {obstacle !== null && (
        <p className={hasSome ? "border-t border-hairline p-4 text-muted" : "mt-2 text-muted"}>
          {OBSTACLE_WORDS[obstacle]}
        </p>
      )}
      {shown?.kind === "add" && <AddPasskeyDialog onClose={close} />}
      {shown?.kind === "rename" && <RenamePasskeyDialog passkey={shown.passkey} onClose={close} />}
      {shown?.kind === "remove" && <RemovePasskeyDialog passkey={shown.passkey} onClose={close} />}
    </Card>
  );
}
