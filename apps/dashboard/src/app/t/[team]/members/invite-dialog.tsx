"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { mayAssign, ROLES } from "@pinhole/protocol/team";
import { useState } from "react";
import { Dialog } from "@/components/dialog.tsx";
import { DialogForm } from "@/components/dialog-form.tsx";
import { SelectField, TextField } from "@/components/field.tsx";
import { formText } from "@/components/form-text.ts";
import { Notice } from "@/components/notice.tsx";
import { ShownOnce } from "@/components/shown-once.tsx";
import { useTeam } from "@/components/team-context.tsx";
import { TimeAgo } from "@/components/time.tsx";
import { fieldErrors } from "@/components/words/error-words.ts";
import { mailProblemWords } from "@/components/words/mail-words.ts";
import { ROLE_HINTS, ROLE_WORDS } from "@/components/words/role-words.ts";
import { useTRPC } from "@/trpc/client.tsx";
import type { InviteSummary, ShownInvite } from "@/trpc/outputs.ts";

const DAY_MS = 86_400_000;
const LASTING = [
  { days: 1, label: "1 day" },
  { days: 7, label: "7 days" },
  { days: 30, label: "30 days" },
] as const;

/** Makes an invite, and shows its link once. */
export function InviteDialog({ onClose }: { readonly onClose: () => void }) {
  const [invite, setInvite] = useState<ShownInvite>();
  return invite === undefined ? (
    <Dialog open onClose={onClose} title="Invite somebody">
      <InviteForm onCreated={setInvite} onCancel={onClose} />
    </Dialog>
  ) : (
    <LinkDialog invite={invite} onClose={onClose} />
  );
}

export function LinkDialog({ invite, onClose }: { readonly invite: ShownInvite; readonly onClose: () => void }) {
  const { email, role, expiresAt, url, isMailed } = invite;
  return (
    <Dialog open onClose={onClose} title={email === null ? "A link for one person" : `A link for ${email}`}>
      {isMailed && <MailOutcome invite={invite} />}
      <p className="mb-3 text-muted">
        {isMailed ? "The link is shown once. " : "This is shown once. Send it yourself: "}
        {isMailed ? "Whoever" : "whoever"} opens it can join as {ROLE_WORDS[role].toLowerCase()}
        {email === null ? "" : ` with the address ${email}`}, once. It ends <TimeAgo at={expiresAt} />.
      </p>
      <ShownOnce text={url} what="link" onClose={onClose} closeLabel={isMailed ? "Close" : "I have copied it"} />
    </Dialog>
  );
}

/** How often to ask while a mail is under way; the live connection is usually faster. */
const ASK_MS = 2_000;

function MailOutcome({ invite: { id, email } }: { readonly invite: ShownInvite }) {
  const trpc = useTRPC();
  const { slug: team } = useTeam();
  const list = useQuery(
    trpc.invite.list.queryOptions(
      { team },
      { refetchInterval: ({ state }) => (mailOf(state.data, id) === "sending" ? ASK_MS : false) },
    ),
  );
  const mail = mailOf(list.data, id);
  const problem = mailProblemWords(mail);
  if (problem !== null)
    return (
      <Notice tone="problem" live className="mb-3" title={`The mail to ${email} was not sent.`}>
        {problem} The invite stands: send the link yourself.
      </Notice>
    );
  return (
    <Notice tone={mail === "sent" ? "good" : "note"} live className="mb-3">
      {mail === "sent" ? `Sent to ${email}.` : `Sending it to ${email} …`}
    </Notice>
  );
}

const mailOf = (invites: readonly InviteSummary[] | undefined, id: string) =>
  invites?.find((invite) => invite.id === id)?.mail ?? "sending";

function InviteForm({
  onCreated,
  onCancel,
}: {
  readonly onCreated: (invite: ShownInvite) => void;
  readonly onCancel: () => void;
}) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { slug: team, role: ownRole } = useTeam();
  const [role, setRole] = useState<(typeof ROLES)[number]>("member");
  const create = useMutation(
    trpc.invite.create.mutationOptions({
      onSuccess: onCreated,
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.invite.pathKey() }),
    }),
  );
  const refused = fieldErrors(create.error);
  return (
    <DialogForm
      error={create.error}
      isBusy={create.isPending}
      submitLabel="Create invite"
      onCancel={onCancel}
      onSubmit={(data) => {
        const email = formText(data, "email").trim();
        create.mutate({
          team,
          role,
          email: email === "" ? null : email,
          expiresInMs: Number(formText(data, "days")) * DAY_MS,
        });
      }}
    >
      <TextField
        label="E-mail"
        name="email"
        type="email"
        autoComplete="off"
        maxLength={254}
        error={refused["email"] === undefined ? undefined : "That is not an e-mail address."}
        hint="Only this address can accept. Without one, whoever holds the link can."
      />
      <SelectField
        label="Role"
        name="role"
        value={role}
        onChange={(event) => setRole(ROLES.find((each) => each === event.target.value) ?? "member")}
        hint={ROLE_HINTS[role]}
      >
        {ROLES.filter((each) => mayAssign(ownRole, each)).map((each) => (
          <option key={each} value={each}>
            {ROLE_WORDS[each]}
          </option>
        ))}
      </SelectField>
      <SelectField label="Can be accepted for" name="days" defaultValue="7">
        {LASTING.map(({ days, label }) => (
          <option key={days} value={days}>
            {label}
          </option>
        ))}
      </SelectField>
    </DialogForm>
  );
}
