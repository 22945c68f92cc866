/** A draft outlives the page that it is written on: kept in this browser, by team, until it is saved or thrown away. */
import * as z from "zod";

const draftSchema = z.object({
  document: z.string(),
  message: z.string(),
  /** The version that it was begun on. */
  base: z.number(),
});
export type KeptDraft = z.infer<typeof draftSchema>;

const listeners = new Set<() => void>();

export function loadDraft(team: string): KeptDraft | undefined {
  return parseDraft(readDraft(team));
}

/** As it is kept: the same text as long as it is the same draft. */
export function readDraft(team: string): string | null {
  try {
    return localStorage.getItem(keyOf(team));
  } catch {
    return null; // a browser without storage
  }
}

export function parseDraft(text: string | null): KeptDraft | undefined {
  try {
    const kept = draftSchema.safeParse(JSON.parse(text ?? "null"));
    return kept.success ? kept.data : undefined;
  } catch {
    return undefined; // somebody else's text in its place
  }
}

export function keepDraft(team: string, draft: KeptDraft): void {
  change(() => localStorage.setItem(keyOf(team), JSON.stringify(draft)));
}

export function forgetDraft(team: string): void {
  change(() => localStorage.removeItem(keyOf(team)));
}

/** Of changes in this tab and in others. */
export function onDraftChange(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", listener);
  };
}

function change(write: () => void): void {
  try {
    write();
  } catch {
    // Without storage a draft lives as long as its page.
  }
  for (const listener of listeners) listener();
}

const keyOf = (team: string): string => `pinhole-policy-draft-${team}`;
