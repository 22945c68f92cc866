"use client";

import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { Dialog } from "../dialog.tsx";
import { type Team, useTeam } from "../team-context.tsx";
import { navItemsFor } from "./nav-items.ts";

/** After this long, `g` was not the beginning of a sequence. */
const SEQUENCE_MS = 1_000;
export const SHORTCUTS_OFF_KEY = "shortcuts-off";

/** Single-key shortcuts: never inside a control, never with a modifier, and they can be switched off (WCAG 2.1.4). */
export function useShortcuts({ slug: team, role }: Team, onHelp: () => void): void {
  const router = useRouter();
  useEffect(() => {
    let startedAt = Number.NEGATIVE_INFINITY;

    function onKey(event: KeyboardEvent) {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
      if (localStorage.getItem(SHORTCUTS_OFF_KEY) !== null) return;
      const follows = event.timeStamp - startedAt < SEQUENCE_MS;
      startedAt = Number.NEGATIVE_INFINITY;
      if (follows) {
        const item = navItemsFor(role).find(({ key }) => key === event.key);
        if (item === undefined) return;
        event.preventDefault();
        router.push(`/t/${team}/${item.segment}`);
      } else if (event.key === "g") {
        startedAt = event.timeStamp;
      } else if (event.key === "?") {
        event.preventDefault();
        onHelp();
      } else if (event.key === "/") {
        const search = document.querySelector<HTMLElement>("input[type=search]");
        if (search === null) return;
        event.preventDefault();
        search.focus();
      }
    }
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [team, role, router, onHelp]);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest("input, textarea, select, [contenteditable], [role=menu], dialog") !== null
  );
}

export function ShortcutSheet({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const { role } = useTeam();
  return (
    <Dialog open={open} onClose={onClose} title="Keyboard shortcuts">
      <dl className="grid grid-cols-[1fr_auto] items-center gap-x-6 gap-y-2">
        {navItemsFor(role).map(({ key, label }) => (
          <Shortcut key={key} keys={["g", key]} does={`Go to ${label}`} />
        ))}
        <Shortcut keys={["/"]} does="Search the list" />
        <Shortcut keys={["?"]} does="Show this sheet" />
        <Shortcut keys={["Esc"]} does="Close" />
      </dl>
    </Dialog>
  );
}

function Shortcut({ keys, does }: { readonly keys: readonly string[]; readonly does: string }) {
  return (
    <>
      <dt>{does}</dt>
      <dd className="flex justify-end gap-1">
        {keys.map((key) => (
          <kbd
            key={key}
            className="min-w-6 rounded-sm border border-border bg-surface px-1.5 text-center font-mono text-xs leading-5"
          >
            {key}
          </kbd>
        ))}
      </dd>
    </>
  );
}
