"use client";

import { Eye, EyeOff } from "lucide-react";
import { useState } from "react";
import { Button } from "./button.tsx";
import { CopyButton } from "./copy-button.tsx";
import { Tabs } from "./tabs.tsx";
import { upCommand } from "./up-command.ts";

type Props = {
  readonly token: string;
  /** Written by the server, which knows the address that devices reach it by. */
  readonly installCommand: string;
  readonly serverUrl: string;
};

/** One command, with the token masked in view and whole in the copy. */
export function InstallCommand({ token, installCommand, serverUrl }: Props) {
  const [isShown, setShown] = useState(false);
  const shared = { token, isShown, onToggle: () => setShown(!isShown) };
  return (
    <Tabs
      label="What the machine has"
      tabs={[
        {
          key: "install",
          label: "New machine",
          content: (
            <>
              <p className="mb-2 text-muted">
                Run this on the machine, in a terminal. Linux; nothing but curl has to be there.
              </p>
              <Command text={installCommand} {...shared} />
            </>
          ),
        },
        {
          key: "up",
          label: "Agent installed",
          content: (
            <>
              <p className="mb-2 text-muted">Run this where the agent is installed already.</p>
              <Command text={upCommand(serverUrl, token)} {...shared} />
            </>
          ),
        },
      ]}
    />
  );
}

type CommandProps = {
  readonly text: string;
  readonly token: string;
  readonly isShown: boolean;
  readonly onToggle: () => void;
};

function Command({ text, token, isShown, onToggle }: CommandProps) {
  return (
    <div className="flex flex-col gap-3">
      <pre className="rounded-lg border border-hairline bg-sunken p-3 font-mono text-sm [overflow-wrap:anywhere] whitespace-pre-wrap">
        {isShown ? text : text.replace(token, maskToken(token))}
      </pre>
      <div className="flex flex-wrap gap-2">
        <CopyButton wide text={text} what="command" />
        <Button onClick={onToggle} aria-pressed={isShown}>
          {isShown ? <EyeOff aria-hidden="true" /> : <Eye aria-hidden="true" />}
          Show token
        </Button>
      </div>
    </div>
  );
}

const VISIBLE = 8;

function maskToken(token: string): string {
  return `${token.slice(0, VISIBLE)}${"•".repeat(8)}`;
}
