"use client";

import { Button } from "./button.tsx";
import { Notice } from "./notice.tsx";
import { errorWords } from "./words/error-words.ts";

/** In the place of what could not be loaded. */
export function QueryProblem({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
  const { title, next } = errorWords(error);
  return (
    <Notice tone="problem" live title={title} actions={<Button onClick={onRetry}>Try again</Button>}>
      {next}
    </Notice>
  );
}
