import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTRPC } from "@/trpc/client.tsx";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { SelectField } from "./field.tsx";
import { Notice } from "./notice.tsx";
import { useTeam } from "./team-context.tsx";
import { toast } from "./toast-store.ts";
import { errorWords } from "./words/error-words.ts";

type Device = { readonly id: `dev_${string}`; readonly name: string };
type Props = { readonly device: Device; readonly onClose: () => void };

const LIFETIMES = [30, 90, 180, 365] as const;
const NEVER = "never";

/** The machine has to do nothing: an expired device is back with the others within seconds. */
export function RenewDialog({ device, onClose }: Props) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { slug: team } = useTeam();
  const [days, setDays] = useState<string>("90");
  const renew = useMutation(
    trpc.device.renew.mutationOptions({
      onSuccess: () => {
        toast.done(
          `The key of ${device.name} is renewed`,
          days === NEVER ? "It does not expire." : `It is good for ${days} days from now.`,
        );
        onClose();
      },
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.device.pathKey() }),
    }),
  );
  return (
    <Dialog open onClose={onClose} title={`Renew the key of ${device.name}`}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          renew.mutate({ team, deviceId: device.id, days: days === NEVER ? null : Number(days) });
        }}
      >
        {renew.error !== null && (
          <Notice tone="problem" live title={errorWords(renew.error).title}>
            {errorWords(renew.error).next}
          </Notice>
        )}
        <SelectField
          label="Good for"
          hint="From now on. Renew it only if you know whose machine it is and that it is still theirs."
          value={days}
          onChange={(event) => setDays(event.target.value)}
        >
          {LIFETIMES.map((lifetime) => (
            <option key={lifetime} value={lifetime}>
              {lifetime} days
            </option>
          ))}
          <option value={NEVER}>Ever: it does not expire</option>
        </SelectField>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" busy={renew.isPending}>
            Renew key
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
