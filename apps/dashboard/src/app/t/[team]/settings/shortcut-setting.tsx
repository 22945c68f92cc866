"use client";

import { useSyncExternalStore } from "react";
import { CheckboxField } from "@/components/field.tsx";
import { SHORTCUTS_OFF_KEY } from "@/components/shell/shortcuts.tsx";

export function ShortcutSetting() {
  const isOn = useSyncExternalStore(
    subscribe,
    () => localStorage.getItem(SHORTCUTS_OFF_KEY) === null,
    () => true,
  );
  return (
    <CheckboxField
      label="Single-key shortcuts"
      hint="Press ? for the list. Switch them off if speech input or a stray key sets them off."
      checked={isOn}
      onChange={(event) => {
        if (event.target.checked) localStorage.removeItem(SHORTCUTS_OFF_KEY);
        else localStorage.setItem(SHORTCUTS_OFF_KEY, "1");
        // Browsers tell other tabs of a change to the storage, not the one that made it.
        window.dispatchEvent(new Event("storage"));
      }}
    />
  );
}

function subscribe(onChange: () => void) {
  window.addEventListener("storage", onChange);
  return () => window.removeEventListener("storage", onChange);
}
