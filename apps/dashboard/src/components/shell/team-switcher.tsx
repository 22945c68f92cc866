"use client";

import { useMutation } from "@tanstack/react-query";
import { ChevronsUpDown, Plus } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useTRPC } from "@/trpc/client.tsx";
import { Button } from "../button.tsx";
import { Dialog } from "../dialog.tsx";
import { DialogForm } from "../dialog-form.tsx";
import { TextField } from "../field.tsx";
import { formText } from "../form-text.ts";
import { Menu, MenuChoices, MenuItem, MenuSeparator } from "../menu.tsx";
import { type Team, useMay } from "../team-context.tsx";
import { fieldErrors } from "../words/error-words.ts";

/** From one of somebody's teams to another, and to a new one for who owns this one. */
export function TeamSwitcher({ team, teams }: { readonly team: Team; readonly teams: readonly Team[] }) {
  const router = useRouter();
  const [isFounding, setFounding] = useState(false);
  const mayFound = useMay("owners.manage");
  return (
    <>
      <Menu
        align="start"
        trigger={(props) => (
          <Button {...props} look="quiet" className="min-w-0 px-2!" aria-label={`Team: ${team.name}`}>
            <span className="truncate">{team.name}</span>
            <ChevronsUpDown aria-hidden="true" className="size-3.5! text-muted" />
          </Button>
        )}
      >
        <MenuChoices
          label="Teams"
          value={team.slug}
          options={teams.map(({ slug, name }) => ({ value: slug, label: name }))}
          onChange={(slug) => router.push(`/t/${slug}/devices`)}
        />
        {mayFound && (
          <>
            <MenuSeparator />
            <MenuItem onSelect={() => setFounding(true)}>
              <Plus aria-hidden="true" className="size-4" /> Create a team
            </MenuItem>
          </>
        )}
      </Menu>
      <Dialog open={isFounding} onClose={() => setFounding(false)} title="Create a team">
        <TeamForm
          team={team}
          onCreated={(slug) => {
            setFounding(false);
            router.push(`/t/${slug}/devices`);
          }}
          onCancel={() => setFounding(false)}
        />
      </Dialog>
    </>
  );
}

type FormProps = {
  readonly team: Team;
  readonly onCreated: (slug: string) => void;
  readonly onCancel: () => void;
};

function TeamForm({ team, onCreated, onCancel }: FormProps) {
  const trpc = useTRPC();
  const create = useMutation(trpc.team.create.mutationOptions({ onSuccess: ({ slug }) => onCreated(slug) }));
  return (
    <DialogForm
      error={create.error}
      isBusy={create.isPending}
      submitLabel="Create team"
      onCancel={onCancel}
      onSubmit={(data) => create.mutate({ team: team.slug, name: formText(data, "name") })}
    >
      <p className="text-muted">
        It has devices, members and a policy of its own, and nothing of {team.name}. You own it; others come by invites.
      </p>
      <TextField
        label="Name"
        name="name"
        required
        maxLength={63}
        autoComplete="off"
        error={fieldErrors(create.error)["name"] === undefined ? undefined : "1 to 63 visible characters."}
      />
    </DialogForm>
  );
}
