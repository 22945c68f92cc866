"use client";

import clsx from "clsx";
import { X } from "lucide-react";
import { useEffect, useId, useLayoutEffect, useRef } from "react";
import { IconButton } from "./button.tsx";

type Props = {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly children: React.ReactNode;
  readonly side?: "centre" | "left";
};

/** The browser's own modal dialog: it traps focus, gives it back, and closes on Escape without any code of ours. */
export function Dialog({ open, onClose, title, children, side = "centre" }: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();

  useEffect(() => {
    const dialog = ref.current;
    if (dialog === null) return;
    if (open && !dialog.open) {
      dialog.showModal();
      // The browser chooses the first control, which is the close button; who has a form came to fill it in.
      dialog.querySelector<HTMLElement>("form input:not([hidden])")?.focus();
    }
    if (!open && dialog.open) dialog.close();
  }, [open]);

  // A dialog that leaves the page without being closed keeps the focus from whoever had it before. Layout effects are
  // undone while the element is still there.
  useLayoutEffect(() => {
    const dialog = ref.current;
    return () => dialog?.close();
  }, []);

  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions -- the backdrop is a shortcut; Escape and the close button do the same
    <dialog
      ref={ref}
      aria-labelledby={titleId}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === event.currentTarget) onClose();
      }}
      className={clsx(
        "bg-raised p-0 text-text",
        side === "centre" && "m-auto w-[min(32rem,calc(100vw-1.5rem))] rounded-lg border border-hairline",
        side === "left" && "m-0 h-dvh max-h-none w-[min(17rem,85vw)] border-r border-hairline",
      )}
    >
      {open && (
        <div className="flex max-h-dvh flex-col">
          <header className="flex items-center justify-between gap-3 border-b border-hairline py-2 ps-4 pe-2">
            <h2 id={titleId} className="text-lg font-medium">
              {title}
            </h2>
            <IconButton aria-label="Close" onClick={onClose}>
              <X aria-hidden="true" />
            </IconButton>
          </header>
          <div className={clsx("overflow-y-auto", side === "centre" ? "p-4" : "p-2")}>{children}</div>
        </div>
      )}
    </dialog>
  );
}
