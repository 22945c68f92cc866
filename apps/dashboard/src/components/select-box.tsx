type Props = {
  /** Read out, and not shown: the options say what it is about. */
  readonly label: string;
  readonly value: string;
  /** Value and words; an empty value is no choice. */
  readonly options: readonly (readonly [value: string, words: string])[];
  readonly onChange: (value: string) => void;
};

/** One of several, in a bar above a list. */
export function SelectBox({ label, value, options, onChange }: Props) {
  return (
    <select
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className="control min-h-8! w-auto! py-1!"
    >
      {options.map(([key, words]) => (
        <option key={key} value={key}>
          {words}
        </option>
      ))}
    </select>
  );
}
