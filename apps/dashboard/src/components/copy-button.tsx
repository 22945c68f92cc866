"use client";

import clsx from "clsx";
import { Check, Copy, X } from "lucide-react";
import { useEffect, useState } from "react";
import { announce } from "./announcer.ts";
import { Button } from "./button.tsx";
import { copyText } from "./copy-text.ts";

const FEEDBACK_MS = 1_600;

type Props = {
  /** Exactly what goes to the clipboard. */
  readonly text: string;
  /** What is copied, for the label: "Copy 100.64.0.7". */
  readonly what: string;
  /** A button with words where copying is the point of the page; an icon elsewhere. */
  readonly wide?: boolean;
  readonly onCopied?: () => void;
};

export function CopyButton({ text, what, wide = false, onCopied }: Props) {
  const [outcome, setOutcome] = useState<"copied" | "failed">();

  useEffect(() => {
    if (outcome === undefined) return;
    const timer = setTimeout(() => setOutcome(undefined), FEEDBACK_MS);
    return () => clearTimeout(timer);
  }, [outcome]);

  async function copy() {
    const copied = await copyText(text);
    setOutcome(copied ? "copied" : "failed");
    announce(copied ? `Copied ${what}` : "Copying was refused by the browser. Select the text and copy it by hand.");
    if (copied) onCopied?.();
  }

  const Icon = outcome === "copied" ? Check : outcome === "failed" ? X : Copy;
  const icon = (
    <Icon
      aria-hidden="true"
      className={clsx(outcome === "copied" && "text-direct", outcome === "failed" && "text-failed")}
    />
  );

  if (wide) {
    return (
      <Button look="primary" onClick={() => void copy()} className="[&_svg]:text-current!">
        {icon}
        {outcome === "copied" ? "Copied" : outcome === "failed" ? "Not copied" : `Copy ${what}`}
      </Button>
    );
  }
  return (
    <button
      type="button"
      aria-label={`Copy ${what}`}
      data-tip="Copy"
      onClick={() => void copy()}
      className="inline-flex size-6 shrink-0 items-center justify-center rounded-sm text-muted hover:bg-hover hover:text-text [&_svg]:size-3.5"
    >
      {icon}
    </button>
  );
}

/** An address, a key or an id, with the button that copies it. */
export function Copyable({
  text,
  what = text,
  children,
}: {
  readonly text: string;
  readonly what?: string;
  readonly children?: React.ReactNode;
}) {
  return (
    <span className="inline-flex max-w-full items-center gap-1 align-middle [overflow-wrap:anywhere]">
      <span className="min-w-0 font-mono text-sm">{children ?? text}</span>
      <CopyButton text={text} what={what} />
    </span>
  );
}
