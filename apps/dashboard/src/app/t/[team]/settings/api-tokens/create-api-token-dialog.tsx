"use client";

import { hasCapability, SCOPES } from "@pinhole/protocol/team";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { CommandBlock } from "@/components/command-block.tsx";
import { Dialog } from "@/components/dialog.tsx";
import { DialogForm } from "@/components/dialog-form.tsx";
import { CheckboxField, SelectField, TextField } from "@/components/field.tsx";
import { formText } from "@/components/form-text.ts";
import { ShownOnce } from "@/components/shown-once.tsx";
import { useTeam } from "@/components/team-context.tsx";
import { TimeAgo } from "@/components/time.tsx";
import { fieldErrors } from "@/components/words/error-words.ts";
import { CAPABILITY_WORDS } from "@/components/words/role-words.ts";
import { useTRPC } from "@/trpc/client.tsx";
import type { CreatedApiToken } from "@/trpc/outputs.ts";

const DAY_MS = 86_400_000;
const LASTING = [
  { days: 7, label: "7 days" },
  { days: 30, label: "30 days" },
  { days: 90, label: "90 days" },
  { days: 365, label: "1 year" },
] as const;

/** Makes a token, and shows it once. */
export function CreateApiTokenDialog({ onClose }: { readonly onClose: () => void }) {
  const [created, setCreated] = useState<CreatedApiToken>();
  return created === undefined ? (
    <Dialog open onClose={onClose} title="Create API token">
      <TokenForm onCreated={setCreated} onCancel={onClose} />
    </Dialog>
  ) : (
    <ShownDialog created={created} onClose={onClose} />
  );
}

function ShownDialog({ created, onClose }: { readonly created: CreatedApiToken; readonly onClose: () => void }) {
  const { slug } = useTeam();
  const { name, token, expiresAt, serverUrl } = created;
  const input = encodeURIComponent(JSON.stringify({ json: { team: slug } }));
  return (
    <Dialog open onClose={onClose} title={name}>
      <p className="mb-3 text-muted">
        This is shown once. Keep it where your program reads its secrets. It ends <TimeAgo at={expiresAt} />.
      </p>
      <ShownOnce text={token} what="token" onClose={onClose}>
        <p className="mb-1 font-medium">Try it</p>
        <CommandBlock
          what="command"
          text={`curl -H "Authorization: Bearer $PINHOLE_API_TOKEN" '${serverUrl}/api/trpc/team.get?input=${input}'`}
        />
      </ShownOnce>
    </Dialog>
  );
}

type FormProps = { readonly onCreated: (created: CreatedApiToken) => void; readonly onCancel: () => void };

function TokenForm({ onCreated, onCancel }: FormProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { slug: team, role } = useTeam();
  const [scopes, setScopes] = useState<readonly (typeof SCOPES)[number][]>(["team.view"]);
  const [isEmpty, setEmpty] = useState(false);
  const create = useMutation(
    trpc.apiToken.create.mutationOptions({
      onSuccess: onCreated,
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.apiToken.pathKey() }),
    }),
  );
  const refused = fieldErrors(create.error);
  return (
    <DialogForm
      error={create.error}
      isBusy={create.isPending}
      submitLabel="Create API token"
      onCancel={onCancel}
      onSubmit={(data) => {
        setEmpty(scopes.length === 0);
        if (scopes.length === 0) return;
        create.mutate({
          team,
          name: formText(data, "name"),
          scopes: [...scopes],
          expiresInMs: Number(formText(data, "days")) * DAY_MS,
        });
      }}
    >
      <TextField
        label="Name"
        name="name"
        required
        maxLength={63}
        autoComplete="off"
        hint="What uses it: it stands in the activity log beside your name."
        error={refused["name"] === undefined ? undefined : "1 to 63 visible characters."}
      />
      <fieldset className="flex flex-col gap-2">
        <legend className="mb-1 font-medium">What it may do</legend>
        {SCOPES.filter((scope) => hasCapability(role, scope)).map((scope) => (
          <CheckboxField
            key={scope}
            label={CAPABILITY_WORDS[scope]}
            checked={scopes.includes(scope)}
            onChange={({ target }) =>
              setScopes(target.checked ? [...scopes, scope] : scopes.filter((each) => each !== scope))
            }
          />
        ))}
        {isEmpty && scopes.length === 0 && (
          <p role="alert" className="text-sm text-danger">
            Choose at least one: without any, the token is good for nothing.
          </p>
        )}
      </fieldset>
      <SelectField label="Ends after" name="days" defaultValue="90">
        {LASTING.map(({ days, label }) => (
          <option key={days} value={days}>
            {label}
          </option>
        ))}
      </SelectField>
    </DialogForm>
  );
}
