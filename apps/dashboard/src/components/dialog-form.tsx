"use client";

import { Button } from "./button.tsx";
import { useFocusFirstInvalid } from "./focus-first-invalid.ts";
import { Notice } from "./notice.tsx";
import { errorWords } from "./words/error-words.ts";

type Props = {
  /** Of the last try. */
  readonly error: Parameters<typeof useFocusFirstInvalid>[0];
  readonly isBusy: boolean;
  readonly submitLabel: string;
  readonly onSubmit: (data: FormData) => void;
  readonly onCancel: () => void;
  readonly children: React.ReactNode;
};

/** The form in a dialog that makes something: what was wrong above its fields, and both ways out below. */
export function DialogForm({ error, isBusy, submitLabel, onSubmit, onCancel, children }: Props) {
  const form = useFocusFirstInvalid(error);
  return (
    <form
      ref={form}
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit(new FormData(event.currentTarget));
      }}
    >
      {error !== null && (
        <Notice tone="problem" live title={errorWords(error).title}>
          {errorWords(error).next}
        </Notice>
      )}
      {children}
      <div className="flex justify-end gap-2">
        <Button onClick={onCancel}>Cancel</Button>
        <Button look="primary" type="submit" busy={isBusy}>
          {submitLabel}
        </Button>
      </div>
    </form>
  );
}
