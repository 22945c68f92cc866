import clsx from "clsx";

export type FilterOption<Value extends string> = {
  readonly value: Value;
  readonly label: string;
  readonly count: number;
};

type Props<Value extends string> = {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly FilterOption<Value>[];
  readonly onChange: (value: Value) => void;
};

/** One of a few views of a list, with how many rows each has. */
export function FilterBar<Value extends string>({ label, value, options, onChange }: Props<Value>) {
  return (
    <fieldset aria-label={label} className="flex min-w-0 flex-wrap gap-1">
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
          className={clsx(
            "inline-flex min-h-8 items-center gap-1.5 rounded-md border px-2.5",
            option.value === value
              ? "border-border bg-surface font-medium"
              : "border-transparent text-muted hover:bg-hover hover:text-text",
          )}
        >
          {option.label}
          <span className="text-sm text-muted tabular-nums">{option.count}</span>
        </button>
      ))}
    </fieldset>
  );
}
