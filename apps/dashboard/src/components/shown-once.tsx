"use client";

import { Button } from "./button.tsx";
import { CopyButton } from "./copy-button.tsx";

type Props = {
  readonly text: string;
  /** What it is: "link". */
  readonly what: string;
  readonly onClose: () => void;
  readonly closeLabel?: string;
  /** Between the text and the buttons. */
  readonly children?: React.ReactNode;
};

/** In a dialog, a text that is kept nowhere: to copy now. */
export function ShownOnce({ text, what, onClose, closeLabel = "I have copied it", children }: Props) {
  return (
    <>
      <p className="mb-3 rounded-md border border-hairline bg-sunken p-3 font-mono text-sm [overflow-wrap:anywhere]">
        {text}
      </p>
      {children}
      <div className="mt-4 flex flex-wrap justify-end gap-2">
        <CopyButton wide text={text} what={what} />
        <Button onClick={onClose}>{closeLabel}</Button>
      </div>
    </>
  );
}
