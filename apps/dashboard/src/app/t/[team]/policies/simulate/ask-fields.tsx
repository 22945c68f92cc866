"use client";

import type { Policy } from "@pinhole/protocol/policy";
import { useQuery } from "@tanstack/react-query";
import { useId } from "react";
import { SelectField, TextField } from "@/components/field.tsx";
import { useTeam } from "@/components/team-context.tsx";
import { useTRPC } from "@/trpc/client.tsx";
import type { PolicySubject } from "@/trpc/outputs.ts";

type Props = {
  readonly subjects: readonly PolicySubject[];
  readonly policy: Policy | undefined;
  readonly values: Readonly<Record<"from" | "to" | "proto" | "port" | "when" | "choice", string>>;
  readonly tab: "pair" | "from" | "to";
  readonly isPortWrong: boolean;
  readonly onChange: (changes: Readonly<Record<string, string | undefined>>) => void;
};

/** Who, whom, how, when, and which policy. */
export function AskFields({ subjects, policy, values, tab, isPortWrong, onChange }: Props) {
  const trpc = useTRPC();
  const { slug: team } = useTeam();
  const versions = useQuery(trpc.policy.versions.queryOptions({ team }));
  const listId = useId();
  const unlessDefault = (value: string, usual: string) => (value === usual ? undefined : value);
  return (
    <form
      className="grid grid-cols-1 gap-3 sm:grid-cols-2 lg:grid-cols-4"
      aria-label="What to ask"
      onSubmit={(event) => event.preventDefault()}
    >
      {tab !== "to" && (
        <div className="lg:col-span-2">
          <TextField
            label="A, from"
            value={values.from}
            onChange={(event) => onChange({ src: event.target.value })}
            list={listId}
            autoComplete="off"
            spellCheck={false}
            placeholder="laptop, tag:web, ann@example.net"
          />
        </div>
      )}
      {tab !== "from" && (
        <div className="lg:col-span-2">
          <TextField
            label="B, to"
            value={values.to}
            onChange={(event) => onChange({ dst: event.target.value })}
            list={listId}
            autoComplete="off"
            spellCheck={false}
            placeholder="nas, tag:db, 100.64.0.7"
          />
        </div>
      )}
      {tab === "pair" && (
        <>
          <SelectField
            label="Protocol"
            value={values.proto}
            onChange={(event) => onChange({ proto: unlessDefault(event.target.value, "tcp") })}
          >
            <option value="tcp">tcp</option>
            <option value="udp">udp</option>
            <option value="icmp">icmp</option>
          </SelectField>
          {values.proto !== "icmp" && (
            <TextField
              label="Port"
              inputMode="numeric"
              value={values.port}
              onChange={(event) => onChange({ port: unlessDefault(event.target.value, "22") })}
              error={isPortWrong ? "A number from 1 to 65535." : undefined}
              autoComplete="off"
              className="font-mono"
            />
          )}
        </>
      )}
      <SelectField
        label="Policy"
        value={values.choice}
        onChange={(event) => onChange({ policy: unlessDefault(event.target.value, "live") })}
      >
        <option value="live">In force</option>
        <option value="draft">Draft in this browser</option>
        {(versions.data ?? []).map(({ version }) => (
          <option key={version} value={version}>
            Version {version}
          </option>
        ))}
      </SelectField>
      <TextField
        label="When"
        type="datetime-local"
        value={values.when}
        onChange={(event) => onChange({ at: event.target.value })}
        hint="Empty: at this moment."
      />
      <datalist id={listId}>
        {[
          ...subjects.map(({ name }) => name),
          ...Object.keys(policy?.tagOwners ?? {}),
          ...Object.keys(policy?.groups ?? {}),
          ...Object.keys(policy?.hosts ?? {}),
          ...new Set(subjects.flatMap(({ user }) => user ?? [])),
          "autogroup:member",
        ].map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </datalist>
    </form>
  );
}
