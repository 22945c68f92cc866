"use client";

import { X } from "lucide-react";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { Button, IconButton } from "./button.tsx";
import { StateSign } from "./state-sign.tsx";
import { type Toast, toast } from "./toast-store.ts";

/** The page's messages. F6 moves the focus into them, because their buttons do not stay for long. */
export function Toasts() {
  const toasts = useSyncExternalStore(toast.subscribe, toast.list, toast.none);
  const region = useRef<HTMLElement>(null);

  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      if (event.key !== "F6") return;
      const target = region.current?.querySelector<HTMLElement>("li:last-child button");
      if (target === undefined || target === null) return;
      event.preventDefault();
      target.focus();
    }
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);

  return (
    <section
      ref={region}
      aria-label="Messages (F6)"
      className="fixed right-3 bottom-3 z-50 w-[min(24rem,calc(100vw-1.5rem))] sm:right-5 sm:bottom-5"
    >
      <ol aria-live="polite" className="flex flex-col gap-2">
        {toasts.map((item) => (
          <ToastItem key={item.id} item={item} />
        ))}
      </ol>
    </section>
  );
}

function ToastItem({ item }: { readonly item: Toast }) {
  const { id, kind, title, description, lifetimeMs, onUndo } = item;
  // Being pointed at or focused stops the clock: nobody reads a sentence twice because it left.
  const [isHeld, setHeld] = useState(false);
  useEffect(() => {
    if (isHeld) return;
    const timer = setTimeout(() => toast.dismiss(id), lifetimeMs);
    return () => clearTimeout(timer);
  }, [isHeld, id, lifetimeMs]);

  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- it only stops a clock
    <li
      role={kind === "problem" ? "alert" : undefined}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
      className="flex items-start gap-2 rounded-lg border border-border bg-raised py-1.5 ps-3 pe-1.5"
    >
      <StateSign state={kind === "problem" ? "failed" : "direct"} className="mt-2.5" />
      <div className="min-w-0 flex-1 py-1.5 [overflow-wrap:anywhere]">
        <p className="font-medium">{title}</p>
        {description !== undefined && <p className="text-sm text-muted">{description}</p>}
      </div>
      {onUndo !== undefined && (
        <Button
          look="quiet"
          className="text-accent!"
          onClick={() => {
            toast.dismiss(id);
            onUndo();
          }}
        >
          Undo
        </Button>
      )}
      <IconButton aria-label="Dismiss" onClick={() => toast.dismiss(id)}>
        <X aria-hidden="true" />
      </IconButton>
    </li>
  );
}
