"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTRPC } from "@/trpc/client.tsx";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { TextField } from "./field.tsx";
import { Notice } from "./notice.tsx";
import { useMay, useTeam } from "./team-context.tsx";
import { toast } from "./toast-store.ts";
import { RenewDialog } from "./renew-dialog.tsx";
import { ReplaceDialog } from "./replace-dialog.tsx";
import { errorWords, fieldErrors, refusalCode } from "./words/error-words.ts";

type Device = { readonly id: `dev_${string}`; readonly name: string };

/** Revoking takes effect at once and can be taken back for a while: no question before, a way back after. */
export function useDeviceActions() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { slug: team } = useTeam();
  const [renaming, setRenaming] = useState<Device>();
  const [renewing, setRenewing] = useState<Device>();
  const [replacing, setReplacing] = useState<Device>();

  const mayRestore = useMay("devices.manage");
  const refresh = () => queryClient.invalidateQueries({ queryKey: trpc.device.pathKey() });
  const onError = (error: unknown) => {
    const { title, next } = errorWords(error);
    toast.problem(title, next);
  };
  const restore = useMutation(trpc.device.restore.mutationOptions({ onSettled: refresh, onError }));
  const revoke = useMutation(trpc.device.revoke.mutationOptions({ onSettled: refresh, onError }));

  const approve = useMutation(trpc.device.approve.mutationOptions({ onSettled: refresh, onError }));

  return {
    rename: setRenaming,
    renew: setRenewing,
    replace: setReplacing,
    approve: ({ id, name }: Device) =>
      approve.mutate(
        { team, deviceId: id },
        { onSuccess: () => toast.done(`${name} is let in`, "It meets the others within seconds.") },
      ),
    restore: ({ id, name }: Device) =>
      restore.mutate(
        { team, deviceId: id },
        { onSuccess: () => toast.done(`${name} is back`, "It reconnects by itself within a minute.") },
      ),
    revoke: ({ id, name }: Device) =>
      revoke.mutate(
        { team, deviceId: id },
        {
          onSuccess: () =>
            mayRestore
              ? toast.undo(
                  `${name} is revoked`,
                  () => restore.mutate({ team, deviceId: id }),
                  "It is cut off from every other device. It can be restored for an hour.",
                )
              : toast.done(
                  `${name} is revoked`,
                  "It is cut off from every other device. Whoever manages devices can restore it for an hour.",
                ),
        },
      ),
    dialog: (
      <>
        {renaming !== undefined && (
          <RenameDialog key={renaming.id} device={renaming} onClose={() => setRenaming(undefined)} />
        )}
        {renewing !== undefined && (
          <RenewDialog key={renewing.id} device={renewing} onClose={() => setRenewing(undefined)} />
        )}
        {replacing !== undefined && (
          <ReplaceDialog key={replacing.id} device={replacing} onClose={() => setReplacing(undefined)} />
        )}
      </>
    ),
  };
}

function RenameDialog({ device, onClose }: { readonly device: Device; readonly onClose: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { slug: team } = useTeam();
  const [name, setName] = useState(device.name);
  const rename = useMutation(
    trpc.device.rename.mutationOptions({
      onSuccess: () => {
        toast.done(`${device.name} is called ${name}`);
        onClose();
      },
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.device.pathKey() }),
    }),
  );

  const problem = rename.error === null ? undefined : nameProblem(rename.error);
  return (
    <Dialog open onClose={onClose} title={`Rename ${device.name}`}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          rename.mutate({ team, deviceId: device.id, name });
        }}
      >
        {rename.error !== null && problem === undefined && (
          <Notice tone="problem" live title={errorWords(rename.error).title}>
            {errorWords(rename.error).next}
          </Notice>
        )}
        <TextField
          label="Name"
          hint="Small letters, digits and dashes. Peers find the device by it."
          error={problem}
          value={name}
          onChange={(event) => setName(event.target.value)}
          required
          maxLength={63}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
        />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" busy={rename.isPending}>
            Rename device
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function nameProblem(error: unknown): string | undefined {
  if (refusalCode(error) === "device-name-taken") return errorWords(error).title;
  return fieldErrors(error)["name"] === undefined
    ? undefined
    : "Small letters, digits and dashes only, and no dash at either end.";
}
