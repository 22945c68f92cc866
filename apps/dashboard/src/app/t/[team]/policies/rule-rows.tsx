"use client";

import { type Grant, type Policy, readPolicy } from "@pinhole/protocol/policy";
import { type SubmitEvent, useState } from "react";
import { Button } from "@/components/button.tsx";
import { SelectField, TextField } from "@/components/field.tsx";
import { Notice } from "@/components/notice.tsx";
import { addGrant, changeGrant, type GrantFields, removeGrant } from "./document-edits.ts";

type Props = {
  readonly text: string;
  /** Undefined while the text has a fault. */
  readonly policy: Policy | undefined;
  readonly onChange: (text: string) => void;
};

/** The grants of the document, one a row. What is changed here is changed in its text, and nothing else is. */
export function RuleRows({ text, policy, onChange }: Props) {
  if (policy === undefined) {
    return (
      <Notice tone="warning" title="The document has a fault">
        Mend it under Source: rows can be shown of a document that can be read.
      </Notice>
    );
  }
  /** The fault that the change would bring; undefined: it is made. */
  const attempt = (next: string): string | undefined => {
    const read = readPolicy(next);
    if (!read.ok) return read.error.message;
    if (next !== text) onChange(next);
    return undefined;
  };
  return (
    <div className="flex flex-col gap-3">
      {policy.grants.length === 0 && (
        <Notice tone="warning" title="There are no rules: everything is denied">
          Add the first one below.
        </Notice>
      )}
      <ol className="flex flex-col gap-3">
        {policy.grants.map((grant, index) => (
          <li key={`${index} ${JSON.stringify(grant)}`}>
            <GrantRow
              index={index}
              grant={grant}
              onCommit={(fields) => attempt(changeGrant(text, index, fields))}
              onRemove={() => onChange(removeGrant(text, index))}
            />
          </li>
        ))}
      </ol>
      <NewGrant onAdd={(fields) => attempt(addGrant(text, fields))} />
    </div>
  );
}

type Texts = Readonly<Record<"src" | "dst" | "ip" | "transport" | "expires", string>>;

const BLANK: Texts = { src: "", dst: "", ip: "", transport: "", expires: "" };

function GrantRow({
  index,
  grant,
  onCommit,
  onRemove,
}: {
  readonly index: number;
  readonly grant: Grant;
  readonly onCommit: (fields: GrantFields) => string | undefined;
  readonly onRemove: () => void;
}) {
  const [texts, setTexts] = useState<Texts>(() => textsOf(grant));
  const [fault, setFault] = useState<string>();
  const commit = (next: Texts) => setFault(onCommit(fieldsOf(next)));
  return (
    <fieldset className="grid grid-cols-1 gap-3 rounded-lg border border-hairline p-3 sm:grid-cols-2 lg:grid-cols-3">
      <legend className="px-1 font-medium">Rule {index + 1}</legend>
      <GrantInputs
        onLeave={() => commit(texts)}
        texts={texts}
        fault={fault}
        onType={setTexts}
        onChoose={(next) => {
          setTexts(next);
          commit(next);
        }}
      />
      <div className="flex items-end justify-end">
        <Button look="quiet" aria-label={`Remove rule ${index + 1}`} onClick={onRemove}>
          Remove
        </Button>
      </div>
    </fieldset>
  );
}

function NewGrant({ onAdd }: { readonly onAdd: (fields: GrantFields) => string | undefined }) {
  const [texts, setTexts] = useState(BLANK);
  const [fault, setFault] = useState<string>();
  function add(event: SubmitEvent | React.MouseEvent) {
    event.preventDefault();
    const found = onAdd(fieldsOf(texts));
    setFault(found);
    if (found === undefined) setTexts(BLANK);
  }
  return (
    <fieldset className="grid grid-cols-1 gap-3 rounded-lg border border-dashed border-border p-3 sm:grid-cols-2 lg:grid-cols-3">
      <legend className="px-1 font-medium">Another rule</legend>
      <GrantInputs texts={texts} fault={fault} onType={setTexts} onChoose={setTexts} />
      <div className="flex items-end justify-end">
        <Button onClick={add}>Add rule</Button>
      </div>
    </fieldset>
  );
}

type InputsProps = {
  readonly texts: Texts;
  readonly fault: string | undefined;
  readonly onType: (texts: Texts) => void;
  readonly onChoose: (texts: Texts) => void;
  readonly onLeave?: () => void;
};

function GrantInputs({ texts, fault, onType, onChoose, onLeave }: InputsProps) {
  const field = (key: keyof Texts, label: string, hint: string) => (
    <TextField
      label={label}
      hint={hint}
      value={texts[key]}
      onChange={(event) => onType({ ...texts, [key]: event.target.value })}
      onBlur={onLeave}
      error={fault !== undefined && isAbout(fault, key) ? fault : undefined}
      autoComplete="off"
      spellCheck={false}
      className="font-mono text-sm"
    />
  );
  return (
    <>
      {field("src", "From", "Several apart by commas.")}
      {field("dst", "To", "Several apart by commas.")}
      {field("ip", "Services", "tcp:22, udp:53, icmp or *")}
      <SelectField
        label="Transport"
        value={texts.transport}
        onChange={(event) => onChoose({ ...texts, transport: event.target.value })}
      >
        <option value="">Any</option>
        <option value="prefer-direct">prefer-direct</option>
        <option value="direct-only">direct-only</option>
        <option value="relay-only">relay-only</option>
      </SelectField>
      {field("expires", "Ends", "Such as 2026-12-31T18:00:00Z; empty: never.")}
      {fault !== undefined && !KEYS.some((key) => isAbout(fault, key)) && (
        <p role="alert" className="text-sm text-danger sm:col-span-full">
          {fault}
        </p>
      )}
    </>
  );
}

const KEYS = ["src", "dst", "ip", "expires"] as const;

/** Faults begin with the place in the document: `grants.3.src.0: …`. */
const isAbout = (fault: string, key: string): boolean => new RegExp(`^grants\\.\\d+\\.${key}\\b`).test(fault);

const textsOf = ({ src, dst, ip, transport, expires }: Grant): Texts => ({
  src: src.join(", "),
  dst: dst.join(", "),
  // A service may hold commas of its own.
  ip: ip.join("; "),
  transport: transport ?? "",
  expires: expires ?? "",
});

function fieldsOf({ src, dst, ip, transport, expires }: Texts): GrantFields {
  const list = (text: string, separator: RegExp) =>
    text
      .split(separator)
      .map((part) => part.trim())
      .filter((part) => part !== "");
  return {
    src: list(src, /,/),
    dst: list(dst, /,/),
    ip: list(ip, /;|,(?=\s*(?:tcp:|udp:|icmp|\*))|,\s+/),
    transport: transport === "" ? undefined : transport,
    expires: expires.trim() === "" ? undefined : expires.trim(),
  };
}
