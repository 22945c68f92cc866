"use client";

import { readPolicy } from "@pinhole/protocol/policy";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { Button, ButtonLink } from "@/components/button.tsx";
import { Card } from "@/components/card.tsx";
import { SelectField, TextField } from "@/components/field.tsx";
import { Notice } from "@/components/notice.tsx";
import { Tabs } from "@/components/tabs.tsx";
import { useTeam } from "@/components/team-context.tsx";
import { toast } from "@/components/toast-store.ts";
import { errorWords } from "@/components/words/error-words.ts";
import { useTRPC } from "@/trpc/client.tsx";
import type { LivePolicy, PolicyReview } from "@/trpc/outputs.ts";
import { DocumentNotes } from "./document-notes.tsx";
import { forgetDraft, keepDraft } from "./draft-store.ts";
import { ReachReview } from "./reach-review.tsx";
import { RuleRows } from "./rule-rows.tsx";
import { TextDiff } from "./text-diff.tsx";

/** Long enough that a word is typed to its end. */
const REVIEW_AFTER_MS = 400;

/** For how long a version may be tried, in minutes; empty: it stays. */
const TRIALS = ["", "1", "5", "15", "60"] as const;

type Props = {
  readonly document: string;
  readonly message: string;
  /** What the draft is compared with, and under which number it was begun. */
  readonly live: LivePolicy;
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
  const [trial, setTrial] = useState<string>("");
  const [view, setView] = useState<"source" | "rules">("source");
  const field = useRef<HTMLTextAreaElement>(null);
  const review = useReview(team, text);
  const isDirty = text !== live.document;
  useLeaveWarning(isDirty);
  const base = live.version;
  useEffect(() => {
    if (isDirty) keepDraft(team, { document: text, message, base });
  }, [isDirty, team, text, message, base]);
  const read = useMemo(() => readPolicy(text), [text]);

  function close() {
    forgetDraft(team);
    onClose();
  }

  const save = useMutation(
    trpc.policy.save.mutationOptions({
      onSuccess: ({ version }) => {
        toast.done(
          `Version ${version} is in force`,
          trial === ""
            ? "Devices that are online have it within a moment."
            : `It goes again in ${trial} min unless somebody confirms it.`,
        );
        close();
      },
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.policy.pathKey() }),
    }),
  );
  const change = review?.kind === "change" ? review : undefined;
  const isSound = change !== undefined && change.failures.length === 0;
  const isConfirmed = change?.needsConfirmation !== true || confirmation === team;

  const [goal, setGoal] = useState<{ readonly offset: number }>();
  function goTo(offset: number) {
    setView("source");
    setGoal({ offset });
  }
  useEffect(() => {
    if (goal === undefined) return;
    field.current?.focus();
    field.current?.setSelectionRange(goal.offset, goal.offset + 1);
  }, [goal]);

  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        const minutes = trial === "" ? {} : { confirmWithinMinutes: Number(trial) };
        save.mutate({ team, document: text, message, base, confirmation, ...minutes });
      }}
    >
      {newest !== live.version && (
        <Notice tone="warning" live title={`Version ${newest} was saved meanwhile`}>
          This draft began on version {live.version} and cannot be saved over it. Copy what you wrote, cancel, and bring
          it into the new version.
        </Notice>
      )}
      <Tabs
        label="Edit it as"
        shown={view}
        onShow={setView}
        tabs={[
          {
            key: "source",
            label: "Source",
            content: (
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
            ),
          },
          {
            key: "rules",
            label: "Rules",
            content: <RuleRows text={text} policy={read.ok ? read.value.policy : undefined} onChange={setText} />,
          },
        ]}
      />
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
          title={
            change.failures.length === 1
              ? "A test of the document fails"
              : `${change.failures.length} tests of the document fail`
          }
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
      <Card
        title="What this changes"
        actions={<ButtonLink href={`/t/${team}/policies/simulate?policy=draft`}>Ask the draft</ButtonLink>}
      >
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
          label={confirmationWords(change, team)}
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
      <SelectField
        label="Take it back by itself"
        value={trial}
        onChange={(event) => setTrial(event.target.value)}
        hint="Unless somebody confirms it by then, the version in force now comes back: for changes that may lock you out."
      >
        {TRIALS.map((minutes) => (
          <option key={minutes} value={minutes}>
            {minutes === "" ? "Never: it stays" : `After ${minutes} min, unless confirmed`}
          </option>
        ))}
      </SelectField>
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={close}>Cancel</Button>
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

function confirmationWords({ ownLost }: { readonly ownLost: number }, team: string): string {
  const why =
    ownLost > 0
      ? `Your own devices lose the way to ${ownLost === 1 ? "a device" : `${ownLost} devices`}`
      : "More than half of all access goes away";
  return `${why}. Type ${team} to confirm`;
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
