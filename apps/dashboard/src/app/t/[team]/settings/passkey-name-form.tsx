import { DialogForm } from "@/components/dialog-form.tsx";
import { TextField } from "@/components/field.tsx";
import { formText } from "@/components/form-text.ts";
import { Notice } from "@/components/notice.tsx";
import { type ErrorWords, fieldErrors } from "@/components/words/error-words.ts";

type Props = {
  readonly name: string;
  readonly submitLabel: string;
  readonly isBusy: boolean;
  /** Of the server. */
  readonly error: unknown;
  /** Of the browser. */
  readonly problem?: ErrorWords | undefined;
  readonly onSubmit: (name: string) => void;
  readonly onCancel: () => void;
};

export function PasskeyNameForm({ name, error, problem, onSubmit, ...rest }: Props) {
  const isInvalid = fieldErrors(error)["name"] !== undefined;
  return (
    <DialogForm {...rest} error={error} onSubmit={(data) => onSubmit(formText(data, "name"))}>
      {problem !== undefined && (
        <Notice tone="problem" live title={problem.title}>
          {problem.next}
        </Notice>
      )}
      <TextField
        label="Name"
        name="name"
        required
        maxLength={63}
        autoComplete="off"
        defaultValue={name}
        hint="By which you tell it from your others, such as the device that keeps it."
        error={isInvalid ? "1 to 63 visible characters." : undefined}
      />
    </DialogForm>
  );
}
