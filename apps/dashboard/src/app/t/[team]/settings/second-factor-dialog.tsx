"use client";

import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { Button } from "@/components/button.tsx";
import { Copyable } from "@/components/copy-button.tsx";
import { Dialog } from "@/components/dialog.tsx";
import { TextField } from "@/components/field.tsx";
import { useFocusFirstInvalid } from "@/components/focus-first-invalid.ts";
import { formText } from "@/components/form-text.ts";
import { Notice } from "@/components/notice.tsx";
import { SkeletonRows } from "@/components/skeleton.tsx";
import { errorWords, refusalCode } from "@/components/words/error-words.ts";
import { useTRPC } from "@/trpc/client.tsx";
import type { ShownSecret } from "@/trpc/outputs.ts";

type Props = { readonly onClose: () => void; readonly onDone: (recoveryCodes: readonly string[]) => void };

/** Shows the secret, and has a code of it typed: an app that did not take it in would lock its holder out. */
export function SecondFactorDialog({ onClose, onDone }: Props) {
  const trpc = useTRPC();
  const begin = useMutation(trpc.secondFactor.begin.mutationOptions());
  const hasBegun = useRef(false);
  useEffect(() => {
    // Each call makes another secret.
    if (hasBegun.current) return;
    hasBegun.current = true;
    begin.mutate();
  }, [begin]);

  return (
    <Dialog open onClose={onClose} title="Set up an app for codes">
      {begin.data !== undefined ? (
        <ConfirmForm shown={begin.data} onCancel={onClose} onDone={onDone} />
      ) : begin.error !== null ? (
        <>
          <Notice tone="problem" live title={errorWords(begin.error).title}>
            {errorWords(begin.error).next}
          </Notice>
          <div className="mt-4 flex justify-end gap-2">
            <Button onClick={onClose}>Close</Button>
            <Button look="primary" onClick={() => begin.mutate()}>
              Try again
            </Button>
          </div>
        </>
      ) : (
        <SkeletonRows rows={3} label="Making a secret" />
      )}
    </Dialog>
  );
}

type FormProps = { readonly shown: ShownSecret; readonly onCancel: () => void; readonly onDone: Props["onDone"] };

function ConfirmForm({ shown: { secret, qr }, onCancel, onDone }: FormProps) {
  const trpc = useTRPC();
  const confirm = useMutation(
    trpc.secondFactor.confirm.mutationOptions({ onSuccess: ({ recoveryCodes }) => onDone(recoveryCodes) }),
  );
  const form = useFocusFirstInvalid(confirm.error);
  const isWrong = refusalCode(confirm.error) === "code-wrong";
  return (
    <form
      ref={form}
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        confirm.mutate({ code: formText(new FormData(event.currentTarget), "code") });
      }}
    >
      <p className="text-muted">
        Scan this with an authenticator app, or type the secret into it. Any app for time-based codes will do.
      </p>
      {/* Dark on light in both themes: many cameras do not read the opposite. */}
      <svg
        role="img"
        aria-label="QR code of the secret below"
        viewBox={`-4 -4 ${qr.size + 8} ${qr.size + 8}`}
        shapeRendering="crispEdges"
        className="size-44 self-center"
      >
        <rect x={-4} y={-4} width={qr.size + 8} height={qr.size + 8} rx={2} fill="white" />
        <path d={qr.path} fill="black" />
      </svg>
      <div className="text-center">
        <Copyable text={secret} what="secret">
          {secret.replace(/(.{4})(?=.)/g, "$1 ")}
        </Copyable>
      </div>
      {confirm.error !== null && !isWrong && (
        <Notice tone="problem" live title={errorWords(confirm.error).title}>
          {errorWords(confirm.error).next}
        </Notice>
      )}
      <TextField
        ref={focusOnce}
        label="Code"
        name="code"
        required
        maxLength={16}
        autoComplete="one-time-code"
        inputMode="numeric"
        spellCheck={false}
        className="font-mono"
        error={isWrong ? "That is no code of this secret. Is the phone’s clock right? Enter the next one." : undefined}
        hint="Six digits that the app shows."
      />
      <div className="flex justify-end gap-2">
        <Button onClick={onCancel}>Cancel</Button>
        <Button look="primary" type="submit" busy={confirm.isPending}>
          Turn on
        </Button>
      </div>
    </form>
  );
}

/** The form comes after the dialog has opened, which had nothing to focus then. */
const focusOnce = (input: HTMLInputElement | null) => input?.focus();
