"use client";

import { useMemo, useSyncExternalStore } from "react";
import { type KeptDraft, onDraftChange, parseDraft, readDraft } from "./draft-store.ts";

/** Null: there is none. Undefined: not known, since the server that renders does not see the browser's storage. */
export function useKeptDraft(team: string): KeptDraft | null | undefined {
  const text = useSyncExternalStore(
    onDraftChange,
    () => readDraft(team),
    () => undefined,
  );
  return useMemo(() => (text === undefined ? undefined : (parseDraft(text) ?? null)), [text]);
}
