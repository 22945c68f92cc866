"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTRPC } from "@/trpc/client.tsx";
import type { CreatedToken, TokenInput } from "@/trpc/outputs.ts";
import { Button } from "./button.tsx";
import { CheckboxField, SelectField, TextField } from "./field.tsx";
import { useFocusFirstInvalid } from "./focus-first-invalid.ts";
import { formText } from "./form-text.ts";
import { Notice } from "./notice.tsx";
import { useMay, useTeam } from "./team-context.tsx";
import { parseTags } from "./token-tags.ts";
import { errorWords, fieldErrors } from "./words/error-words.ts";

const HOUR_MS = 3_600_000;

const EXPIRY = [
  { ms: HOUR_MS, label: "1 hour" },
  { ms: 24 * HOUR_MS, label: "1 day" },
  { ms: 7 * 24 * HOUR_MS, label: "7 days" },
  { ms: 30 * 24 * HOUR_MS, label: "30 days" },
  { ms: 365 * 24 * HOUR_MS, label: "1 year" },
] as const;

const FIELD_WORDS: Readonly<Record<string, string>> = {
  name: "1 to 63 visible characters.",
  maxUses: "A whole number from 1 to 10,000.",
  tags: "Each one as tag:server: small letters, digits and dashes, at most 16 of them.",
};

type Props = {
  readonly defaultName: string;
  readonly submitLabel: string;
  readonly onCreated: (created: CreatedToken) => void;
  readonly onCancel?: () => void;
  /** The wizard hides what hardly anybody changes. */
  readonly collapsed?: boolean;
};

export function TokenForm({ defaultName, submitLabel, onCreated, onCancel, collapsed = false }: Props) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { slug: team } = useTeam();
  const create = useMutation(
    trpc.token.create.mutationOptions({
      onSuccess: onCreated,
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.token.list.queryKey() }),
    }),
  );
  const isForTeam = useMay("tokens.manage");
  const facts = useQuery(trpc.team.get.queryOptions({ team }));
  const refused = fieldErrors(create.error);
  const form = useFocusFirstInvalid(create.error);
  const problem = (field: string) => (refused[field] === undefined ? undefined : FIELD_WORDS[field]);
  const hasFieldProblem = Object.keys(refused).length > 0;

  const options = (
    <div className="flex flex-col gap-4">
      <TextField
        label="Name"
        name="name"
        defaultValue={defaultName}
        required
        maxLength={63}
        autoComplete="off"
        hint="For your own list. Devices are named after their host."
        error={problem("name")}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        {isForTeam && (
          <TextField
            label="Uses"
            name="maxUses"
            type="number"
            inputMode="numeric"
            min={1}
            max={10_000}
            step={1}
            defaultValue={1}
            required
            hint="Machines it may enroll."
            error={problem("maxUses")}
          />
        )}
        <SelectField
          label="Expires after"
          name="expiresInMs"
          defaultValue={HOUR_MS}
          hint="Unused, it is worthless then."
        >
          {EXPIRY.map(({ ms, label }) => (
            <option key={ms} value={ms}>
              {label}
            </option>
          ))}
        </SelectField>
      </div>
      {isForTeam && (
        <TextField
          label="Tags"
          name="tags"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          placeholder="tag:server tag:berlin"
          hint="What policies may call the device, separated by spaces. May stay empty."
          error={problem("tags")}
        />
      )}
      <CheckboxField
        label="Ephemeral"
        name="ephemeral"
        hint="The device is removed by itself some time after it goes offline. For containers and test machines."
      />
      {isForTeam && facts.data?.needsApproval === true && (
        <CheckboxField
          label="Needs no approval"
          name="isPreApproved"
          hint="This team wants a person to let each device in. Devices of this token are in at once."
        />
      )}
    </div>
  );

  return (
    <form
      ref={form}
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate({ team, ...readForm(new FormData(event.currentTarget)) });
      }}
    >
      {create.error !== null && (
        <Notice tone="problem" live title={errorWords(create.error).title}>
          {hasFieldProblem ? "No token was created. Look at the fields." : errorWords(create.error).next}
        </Notice>
      )}
      {collapsed ? (
        <details className="rounded-lg border border-hairline" open={hasFieldProblem || undefined}>
          <summary className="min-h-9 rounded-lg px-3 py-2 hover:bg-hover">
            Options <span className="text-muted">· {isForTeam ? "one use, 1 hour, no tags" : "1 hour"}</span>
          </summary>
          <div className="border-t border-hairline p-3">{options}</div>
        </details>
      ) : (
        options
      )}
      <div className="flex justify-end gap-2">
        {onCancel !== undefined && <Button onClick={onCancel}>Cancel</Button>}
        <Button look="primary" type="submit" busy={create.isPending}>
          {submitLabel}
        </Button>
      </div>
    </form>
  );
}

function readForm(data: FormData): TokenInput {
  return {
    name: formText(data, "name"),
    // What is not there to fill in is for one machine of one's own.
    maxUses: Number(data.get("maxUses") ?? 1),
    expiresInMs: Number(data.get("expiresInMs")),
    tags: data.has("tags") ? parseTags(formText(data, "tags")) : [],
    ephemeral: data.get("ephemeral") !== null,
    isPreApproved: data.get("isPreApproved") !== null,
  };
}
