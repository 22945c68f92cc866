"use client";

import { Search } from "lucide-react";
import { useState } from "react";

type Props = { readonly label: string; readonly value: string; readonly onChange: (value: string) => void };

/** Keeps what is typed itself, because the address that mirrors it is updated a moment later. */
export function SearchBox({ label, value, onChange }: Props) {
  const [typed, setTyped] = useState(value);
  const [mirrored, setMirrored] = useState(value);
  if (value !== mirrored) {
    setMirrored(value);
    if (value !== typed.trim()) setTyped(value);
  }
  return (
    <div className="relative w-full sm:w-64">
      <Search
        aria-hidden="true"
        className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-muted"
      />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          onChange(event.target.value.trim());
        }}
        className="control min-h-8! py-1! ps-8!"
      />
    </div>
  );
}
