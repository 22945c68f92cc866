"use client";

import { hasCapability } from "@pinhole/protocol/team";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Dialog } from "@/components/dialog.tsx";
import { DialogForm } from "@/components/dialog-form.tsx";
import { CheckboxField, TextField } from "@/components/field.tsx";
import { formText } from "@/components/form-text.ts";
import { ShownOnce } from "@/components/shown-once.tsx";
import { useTeam } from "@/components/team-context.tsx";
import { fieldErrors } from "@/components/words/error-words.ts";
import { useTRPC } from "@/trpc/client.tsx";
import type { CreatedWebhook } from "@/trpc/outputs.ts";
import { TOPIC_WORDS } from "./delivery-words.ts";

type Topic = keyof typeof TOPIC_WORDS;
const TOPICS: readonly Topic[] = ["device", "path", "policy"];

/** Makes a webhook, and shows its secret once. */
export function CreateWebhookDialog({ onClose }: { readonly onClose: () => void }) {
  const [created, setCreated] = useState<CreatedWebhook>();
  return created === undefined ? (
    <Dialog open onClose={onClose} title="Create webhook">
      <WebhookForm onCreated={setCreated} onCancel={onClose} />
    </Dialog>
  ) : (
    <Dialog open onClose={onClose} title={created.name}>
      <p className="mb-3 text-muted">
        This secret is shown once. With it the receiver checks that a delivery comes from here: the header
        Pinhole-Signature is the HMAC-SHA256 of the header Pinhole-Timestamp, a full stop and the body.
      </p>
      <ShownOnce text={created.secret} what="secret" onClose={onClose} />
    </Dialog>
  );
}

type FormProps = { readonly onCreated: (created: CreatedWebhook) => void; readonly onCancel: () => void };

function WebhookForm({ onCreated, onCancel }: FormProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { slug: team, role } = useTeam();
  const create = useMutation(
    trpc.webhook.create.mutationOptions({
      onSuccess: onCreated,
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.webhook.pathKey() }),
    }),
  );
  const refused = fieldErrors(create.error);
  return (
    <DialogForm
      error={create.error}
      isBusy={create.isPending}
      submitLabel="Create webhook"
      onCancel={onCancel}
      onSubmit={(data) =>
        create.mutate({
          team,
          name: formText(data, "name"),
          url: formText(data, "url").trim(),
          topics: TOPICS.filter((topic) => data.get(topic) !== null),
          mayReachPrivate: data.get("mayReachPrivate") !== null,
        })
      }
    >
      <TextField
        label="Name"
        name="name"
        required
        maxLength={63}
        autoComplete="off"
        error={refused["name"] === undefined ? undefined : "1 to 63 visible characters."}
      />
      <TextField
        label="Address"
        name="url"
        type="url"
        required
        maxLength={2_000}
        autoComplete="off"
        placeholder="https://hooks.example/pinhole"
        error={
          refused["url"] === undefined
            ? undefined
            : "An http or https address without a password in it, such as https://hooks.example/pinhole."
        }
      />
      <fieldset className="flex flex-col gap-2">
        <legend className="mb-1 font-medium">What it is told of</legend>
        {TOPICS.map((topic) => (
          <CheckboxField key={topic} name={topic} label={TOPIC_WORDS[topic]} defaultChecked={topic === "device"} />
        ))}
        {refused["topics"] !== undefined && (
          <p role="alert" className="text-sm text-danger">
            Choose at least one.
          </p>
        )}
      </fieldset>
      {hasCapability(role, "owners.manage") && (
        <CheckboxField
          name="mayReachPrivate"
          label="May lead into private networks"
          hint="Only for a receiver of your own beside this server: whoever manages webhooks can then have the server send there."
        />
      )}
    </DialogForm>
  );
}
