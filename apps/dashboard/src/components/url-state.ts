"use client";

import { useSearchParams } from "next/navigation";
import { useCallback } from "react";

/**
 * State that lives in the address: shared with a link, kept by reload, undone by Back. Empty values leave the address.
 * `step` makes a history entry; typing in a search box does not.
 */
export function useUrlState(): readonly [
  URLSearchParams,
  (changes: Readonly<Record<string, string | undefined>>, options?: { step?: boolean }) => void,
] {
  const params = useSearchParams();
  const set = useCallback((changes: Readonly<Record<string, string | undefined>>, { step = false } = {}) => {
    // From the address itself: several changes in one event must not overwrite each other.
    const next = new URLSearchParams(window.location.search);
    for (const [key, value] of Object.entries(changes)) {
      if (value === undefined || value === "") next.delete(key);
      else next.set(key, value);
    }
    const query = next.toString();
    const url = query === "" ? window.location.pathname : `${window.location.pathname}?${query}`;
    if (step) window.history.pushState(null, "", url);
    else window.history.replaceState(null, "", url);
  }, []);
  return [params, set];
}
