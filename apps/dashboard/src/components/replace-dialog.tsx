import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTRPC } from "@/trpc/client.tsx";
import { Button } from "./button.tsx";
import { useDeviceRight } from "./device-right.ts";
import { Dialog } from "./dialog.tsx";
import { SelectField } from "./field.tsx";
import { Notice } from "./notice.tsx";
import { QueryProblem } from "./query-problem.tsx";
import { SkeletonRows } from "./skeleton.tsx";
import { useTeam } from "./team-context.tsx";
import { toast } from "./toast-store.ts";
import { errorWords } from "./words/error-words.ts";

type Device = { readonly id: `dev_${string}`; readonly name: string };
type Props = { readonly device: Device; readonly onClose: () => void };

/** For a machine that was installed anew: its new device takes over the old one's place. */
export function ReplaceDialog({ device, onClose }: Props) {
  const trpc = useTRPC();
  const { slug: team } = useTeam();
  const list = useQuery(trpc.device.list.queryOptions({ team }));
  const rightOf = useDeviceRight();
  const others = (list.data?.devices ?? []).filter(
    (other) =>
      other.id !== device.id &&
      (other.status === "offline" || other.status === "never-connected") &&
      rightOf(other) !== "none",
  );
  return (
    <Dialog open onClose={onClose} title={`Let ${device.name} replace an older device`}>
      {list.data === undefined ? (
        list.isError ? (
          <QueryProblem error={list.error} onRetry={() => void list.refetch()} />
        ) : (
          <SkeletonRows rows={2} label="Loading devices" />
        )
      ) : others.length === 0 ? (
        <div className="flex flex-col gap-4">
          <p className="text-muted">
            No device that you may change is offline. Only such a one can be replaced, so that two machines never claim
            to be the same.
          </p>
          <div className="flex justify-end">
            <Button onClick={onClose}>Close</Button>
          </div>
        </div>
      ) : (
        <ReplaceForm device={device} others={others} onClose={onClose} />
      )}
    </Dialog>
  );
}

function ReplaceForm({ device, others, onClose }: Props & { readonly others: readonly Device[] }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { slug: team } = useTeam();
  // `nas-1` is most likely the `nas` that was installed anew.
  const likely = others.find(({ name }) => device.name.replace(/-\d+$/, "") === name);
  const [chosen, setChosen] = useState(likely?.id ?? others[0]?.id);
  const replace = useMutation(
    trpc.device.replace.mutationOptions({
      onSuccess: ({ name }) => {
        toast.done(`${device.name} is ${name} now`, "The older device is revoked.");
        onClose();
      },
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.device.pathKey() }),
    }),
  );
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (chosen !== undefined) replace.mutate({ team, deviceId: device.id, replacedId: chosen });
      }}
    >
      {replace.error !== null && (
        <Notice tone="problem" live title={errorWords(replace.error).title}>
          {errorWords(replace.error).next}
        </Notice>
      )}
      <SelectField
        label="Older device"
        hint={`${device.name} gets its name and its tags, and keeps its own addresses. The older device is revoked.`}
        value={chosen}
        onChange={(event) => setChosen(others.find(({ id }) => id === event.target.value)?.id)}
      >
        {others.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </SelectField>
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button look="primary" type="submit" busy={replace.isPending}>
          Replace device
        </Button>
      </div>
    </form>
  );
}
