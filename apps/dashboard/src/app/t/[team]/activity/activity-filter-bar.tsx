import { SelectBox } from "@/components/select-box.tsx";
import { SearchBox } from "@/components/search-box.tsx";
import type { ActivityFilter } from "@/trpc/outputs.ts";
import { ABOUT_WORDS, DAYS } from "./activity-filter.ts";

type Props = {
  readonly filter: ActivityFilter;
  /** By the names of the address; `step` where Back should undo it. */
  readonly onChange: (changes: Readonly<Record<string, string | undefined>>, options?: { step?: boolean }) => void;
};

export function ActivityFilterBar({ filter, onChange }: Props) {
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2">
      <SearchBox label="Search activity" value={filter.search ?? ""} onChange={(q) => onChange({ q })} />
      <SelectBox
        label="About"
        value={filter.about ?? ""}
        onChange={(about) => onChange({ about }, { step: true })}
        options={[["", "Everything"], ...Object.entries(ABOUT_WORDS)]}
      />
      <SelectBox
        label="Time"
        value={filter.days?.toString() ?? ""}
        onChange={(days) => onChange({ days }, { step: true })}
        options={[
          ["", "Any time"],
          ...DAYS.map((days) => [String(days), days === 1 ? "Last day" : `Last ${days} days`] as const),
        ]}
      />
    </div>
  );
}
