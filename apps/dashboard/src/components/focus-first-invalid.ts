"use client";

import { type RefObject, useEffect, useRef } from "react";

/** After a refusal, puts the cursor where something is to be corrected. */
export function useFocusFirstInvalid(error: unknown): RefObject<HTMLFormElement | null> {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (error === null) return;
    form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [error]);
  return form;
}
