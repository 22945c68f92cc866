"use client";

import { useState } from "react";
import { Button } from "@/components/button.tsx";
import { Notice } from "@/components/notice.tsx";
import { goToProvider } from "@/components/provider-start.ts";
import { providerWords } from "@/components/words/provider-words.ts";

type Props = {
  readonly provider: string;
  readonly next: string;
  /** Of the address: what became of the last try. */
  readonly problem: unknown;
};

export function ProviderSignIn({ provider, next, problem }: Props) {
  const [isLeaving, setLeaving] = useState(false);
  const words = providerWords(problem);
  return (
    <>
      {words !== undefined && (
        <Notice tone="problem" live title={words.title}>
          {words.next}
        </Notice>
      )}
      <Button
        busy={isLeaving}
        onClick={() => {
          setLeaving(true);
          goToProvider({ next });
        }}
      >
        {provider}
      </Button>
    </>
  );
}
