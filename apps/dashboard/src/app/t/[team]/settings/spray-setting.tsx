import { CheckboxField } from "@/components/field.tsx";

type Props = {
  readonly maySpray: boolean;
  /** Members see it and change nothing. */
  readonly mayChange: boolean;
  readonly onChange: (maySpray: boolean) => void;
};

export function SpraySetting({ maySpray, mayChange, onChange }: Props) {
  return (
    <CheckboxField
      label="Try many ports where nothing else opens a pair of NATs"
      hint={
        <>
          Some pairs meet only if one device sends to up to 1,300 ports of the other’s router, for a few seconds. It
          makes as many entries in both routers, which a cheap one may not bear, and a firewall may report it as a port
          scan. Devices do it one peer at a time, and only to addresses at which this server has seen the other device.
          Without it, such pairs stay on the relay.
        </>
      }
      checked={maySpray}
      disabled={!mayChange}
      onChange={(event) => onChange(event.target.checked)}
    />
  );
}
