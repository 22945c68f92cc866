import { CheckboxField, SelectField } from "@/components/field.tsx";
import type { TeamFacts, TeamSettings } from "@/trpc/outputs.ts";

type Props = {
  readonly settings: Pick<TeamFacts, "needsApproval" | "keyLifetimeDays" | "removeUnseenDays">;
  /** Members see them and change nothing. */
  readonly mayChange: boolean;
  readonly onChange: (settings: TeamSettings) => void;
};

const NEVER = "never";
const LIFETIMES = [30, 90, 180, 365] as const;
const UNSEEN = [7, 30, 90, 180, 365] as const;

/** Who becomes and stays a device of the team. */
export function DeviceSettings({ settings, mayChange, onChange }: Props) {
  const { needsApproval, keyLifetimeDays, removeUnseenDays } = settings;
  return (
    <div className="flex flex-col gap-4">
      <CheckboxField
        label="A person approves each new device"
        hint="Who enrolls is seen by no other device until somebody who manages devices lets it in. A token can be made that needs no approval."
        checked={needsApproval}
        disabled={!mayChange}
        onChange={(event) => onChange({ needsApproval: event.target.checked })}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <DaysField
          label="A device’s key is good for"
          hint="For devices that enroll or are renewed from now on. Then it is cut off until somebody renews it; for the last 14 days its page and the machine count down."
          days={keyLifetimeDays}
          choices={LIFETIMES}
          never="no limit"
          disabled={!mayChange}
          onChange={(days) => onChange({ keyLifetimeDays: days })}
        />
        <DaysField
          label="Remove devices not seen for"
          hint="They are revoked by themselves, as far back as they were last seen already."
          days={removeUnseenDays}
          choices={UNSEEN}
          never="do not remove"
          disabled={!mayChange}
          onChange={(days) => onChange({ removeUnseenDays: days })}
        />
      </div>
    </div>
  );
}

type DaysProps = {
  readonly label: string;
  readonly hint: string;
  readonly days: number | null;
  readonly choices: readonly number[];
  readonly never: string;
  readonly disabled: boolean;
  readonly onChange: (days: number | null) => void;
};

function DaysField({ label, hint, days, choices, never, disabled, onChange }: DaysProps) {
  // What was set on the command line may be none of the usual ones.
  const all = days === null || choices.includes(days) ? choices : [...choices, days].toSorted((a, b) => a - b);
  return (
    <SelectField
      label={label}
      hint={hint}
      value={days ?? NEVER}
      disabled={disabled}
      onChange={(event) => onChange(event.target.value === NEVER ? null : Number(event.target.value))}
    >
      <option value={NEVER}>{never}</option>
      {all.map((choice) => (
        <option key={choice} value={choice}>
          {choice} days
        </option>
      ))}
    </SelectField>
  );
}
