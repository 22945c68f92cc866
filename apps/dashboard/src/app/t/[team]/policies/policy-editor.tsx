"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { Button } from "@/components/button.tsx";
import { Card } from "@/components/card.tsx";
import { TextField } from "@/components/field.tsx";
import { Notice } from "@/components/notice.tsx";
import { useTeam } from "@/components/team-context.tsx";
import { toast } from "@/components/toast-store.ts";
import { errorWords } from "@/components/words/error-words.ts";
import { useTRPC } from "@/trpc/client.tsx";
import type { PolicyReview, PolicyVersion } from "@/trpc/outputs.ts";
import { DocumentNotes } from "./document-notes.tsx";
import { ReachReview } from "./reach-review.tsx";
import { TextDiff } from "./text-diff.tsx";

/** Long enough that a word is typed to its end. */
const REVIEW_AFTER_MS = 400;

type Props = {
  readonly document: string;
  readonly message: string;
  readonly live: PolicyVersion;
  /** The number of the version that is in force by now. */
  readonly newest: number;
  readonly onClose: () => void;
};

/** A draft, what it would change while it is written, and its saving. */
export function PolicyEditor({ document: begun, message: proposed, live, newest, onClose }: Props) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { slug: team } = useTeam();
  const [text, setText] = useState(begun);
  const [message, setMessage] = useState(proposed);
  const [confirmation, setConfirmation] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  const review = useReview(team, text);
  const isDirty = text !== live.document;
  useLeaveWarning(isDirty);

  const save = useMutation(
    trpc.policy.save.mutationOptions({
      onSuccess: ({ version }) => {
        toast.done(`Version ${version} is in force`, "Devices that are online have it within a moment.");
        onClose();
      },
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.policy.pathKey() }),
    }),
  );
  const change = review?.kind === "change" ? review : undefined;
  const isSound = change !== undefined && change.failures.length === 0;
  const isConfirmed = change?.needsConfirmation !== true || confirmation === team;

  function goTo(offset: number) {
    field.current?.focus();
    field.current?.setSelectionRange(offset, offset + 1);
  }

  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate({ team, document: text, message, base: live.version, confirmation });
      }}
    >
      {newest !== live.version && (
        <Notice tone="warning" live title={`Version ${newest} was saved meanwhile`}>
          This draft began on version {live.version} and cannot be saved over it. Copy what you wrote, cancel, and bring
          it into the new version.
        </Notice>
      )}
      <label className="flex flex-col gap-1">
        <span className="font-medium">Document</span>
        <textarea
          ref={field}
          value={text}
          onChange={(event) => setText(event.target.value)}
          rows={Math.min(28, Math.max(12, text.split("\n").length + 1))}
          spellCheck={false}
          autoCapitalize="off"
          autoCorrect="off"
          aria-invalid={review?.kind === "fault" ? true : undefined}
          className="control h-auto! resize-y py-2! font-mono text-sm"
        />
      </label>
      {review?.kind === "fault" && (
        <Notice
          tone="problem"
          live
          title={`Line ${review.fault.line}, column ${review.fault.column}: ${review.fault.message}`}
          actions={<Button onClick={() => goTo(review.fault.offset)}>Go there</Button>}
        >
          Nothing is saved while the document has a fault.
        </Notice>
      )}
      {change !== undefined && change.failures.length > 0 && (
        <DocumentNotes
          tone="problem"
          title={`${change.failures.length === 1 ? "A test of the document fails" : `${change.failures.length} tests of the document fail`}`}
          notes={change.failures}
          onGo={goTo}
        >
          Nothing is saved while a test fails. Mend the grants, or the test.
        </DocumentNotes>
      )}
      {change !== undefined && change.warnings.length > 0 && (
        <DocumentNotes tone="warning" title="Likely not meant" notes={change.warnings} onGo={goTo}>
          It can be saved as it is.
        </DocumentNotes>
      )}
      <Card title="What this changes">
        <div className="flex flex-col gap-3" aria-busy={review === undefined}>
          {change === undefined ? (
            <p className="text-muted">{review === undefined ? "Comparing …" : "Known once the fault is mended."}</p>
          ) : (
            <ReachReview review={change} />
          )}
          <TextDiff before={live.document} after={text} />
        </div>
      </Card>
      {save.error !== null && (
        <Notice tone="problem" live title={errorWords(save.error).title}>
          {errorWords(save.error).next}
        </Notice>
      )}
      {change?.needsConfirmation === true && (
        <TextField
          label={`More than half of all access goes away. Type ${team} to confirm`}
          value={confirmation}
          onChange={(event) => setConfirmation(event.target.value)}
          autoComplete="off"
          spellCheck={false}
          className="font-mono"
        />
      )}
      <TextField
        label="Message"
        value={message}
        onChange={(event) => setMessage(event.target.value)}
        maxLength={500}
        autoComplete="off"
        hint="What was changed and why, for whoever reads the versions later."
      />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button
          look="primary"
          type="submit"
          busy={save.isPending}
          disabled={!isDirty || !isSound || !isConfirmed || newest !== live.version}
        >
          Save version {live.version + 1}
        </Button>
      </div>
    </form>
  );
}

/** Undefined while the newest text has not been looked at yet. */
function useReview(team: string, text: string): PolicyReview | undefined {
  const trpc = useTRPC();
  const { mutate, data, variables } = useMutation(trpc.policy.review.mutationOptions());
  useEffect(() => {
    const timer = setTimeout(() => mutate({ team, document: text }), REVIEW_AFTER_MS);
    return () => clearTimeout(timer);
  }, [mutate, team, text]);
  return variables?.document === text ? data : undefined;
}

function useLeaveWarning(isDirty: boolean): void {
  useEffect(() => {
    if (!isDirty) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [isDirty]);
}
