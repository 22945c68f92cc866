"use client";

import { useId, useState } from "react";

type Tab = { readonly key: string; readonly label: string; readonly content: React.ReactNode };

/** Left and right move between the tabs; Tab goes on into the panel. */
export function Tabs({ label, tabs }: { readonly label: string; readonly tabs: readonly [Tab, ...Tab[]] }) {
  const id = useId();
  const [shown, setShown] = useState(tabs[0].key);

  function onKeyDown(event: React.KeyboardEvent) {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const at = tabs.findIndex(({ key }) => key === shown);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (next === undefined) return;
    setShown(next.key);
    document.getElementById(`${id}-${next.key}`)?.focus();
  }

  return (
    <>
      <div role="tablist" aria-label={label} className="flex gap-4 border-b border-hairline">
        {tabs.map(({ key, label: name }) => (
          <button
            key={key}
            id={`${id}-${key}`}
            type="button"
            role="tab"
            aria-selected={key === shown}
            aria-controls={`${id}-${key}-panel`}
            tabIndex={key === shown ? 0 : -1}
            onClick={() => setShown(key)}
            onKeyDown={onKeyDown}
            className="-mb-px min-h-9 border-b-2 border-transparent px-1 text-muted hover:text-text aria-selected:border-accent aria-selected:font-medium aria-selected:text-text"
          >
            {name}
          </button>
        ))}
      </div>
      {tabs.map(({ key, content }) => (
        <div
          key={key}
          role="tabpanel"
          id={`${id}-${key}-panel`}
          aria-labelledby={`${id}-${key}`}
          hidden={key !== shown}
          className="pt-3"
        >
          {key === shown && content}
        </div>
      ))}
    </>
  );
}
