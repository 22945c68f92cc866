"use client";

import { useId, useState } from "react";

type Tab<Key extends string> = { readonly key: Key; readonly label: string; readonly content: React.ReactNode };

type Props<Key extends string> = {
  readonly label: string;
  readonly tabs: readonly [Tab<Key>, ...Tab<Key>[]];
  /** Where it is not the tabs' own affair which one is shown. */
  readonly shown?: Key;
  readonly onShow?: (key: Key) => void;
};

/** Left and right move between the tabs; Tab goes on into the panel. */
export function Tabs<Key extends string>({ label, tabs, shown: chosen, onShow }: Props<Key>) {
  const id = useId();
  const [own, setOwn] = useState(tabs[0].key);
  const shown = chosen ?? own;
  const setShown = onShow ?? setOwn;

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
