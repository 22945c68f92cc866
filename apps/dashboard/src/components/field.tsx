import clsx from "clsx";
import { type ComponentProps, useId } from "react";
import { StateSign } from "./state-sign.tsx";

type FieldProps = {
  readonly label: string;
  readonly hint?: React.ReactNode;
  readonly error?: string | undefined;
};

type ControlProps = { readonly id: string; readonly "aria-describedby"?: string; readonly "aria-invalid"?: true };

/** A label that stays visible, the control, and below it what is expected or what is wrong. */
function Field({
  label,
  hint,
  error,
  children,
}: FieldProps & { readonly children: (control: ControlProps) => React.ReactNode }) {
  const id = useId();
  const noteId = `${id}-note`;
  const hasNote = hint !== undefined || error !== undefined;
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {children({
        id,
        ...(hasNote && { "aria-describedby": noteId }),
        ...(error !== undefined && { "aria-invalid": true }),
      })}
      {hasNote && (
        <p
          id={noteId}
          className={clsx("text-sm", error === undefined ? "text-muted" : "flex items-baseline gap-1.5 text-danger")}
        >
          {error === undefined ? (
            hint
          ) : (
            <>
              <StateSign state="failed" className="size-2.5!" />
              {error}
            </>
          )}
        </p>
      )}
    </div>
  );
}

export function TextField({ label, hint, error, className, ...rest }: FieldProps & ComponentProps<"input">) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(control) => <input {...rest} {...control} className={clsx("control", className)} />}
    </Field>
  );
}

export function SelectField({ label, hint, error, className, ...rest }: FieldProps & ComponentProps<"select">) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(control) => <select {...rest} {...control} className={clsx("control", className)} />}
    </Field>
  );
}

export function CheckboxField({ label, hint, ...rest }: Omit<FieldProps, "error"> & ComponentProps<"input">) {
  const id = useId();
  return (
    <div className="flex gap-2.5">
      <input
        {...rest}
        id={id}
        type="checkbox"
        aria-describedby={hint === undefined ? undefined : `${id}-note`}
        className="-mt-0.5 size-6 shrink-0 accent-accent"
      />
      <div>
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {hint !== undefined && (
          <p id={`${id}-note`} className="text-sm text-muted">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
