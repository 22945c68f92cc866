"use client";

import { Tabs } from "@base-ui/react/tabs";
import { Eye, EyeOff } from "lucide-react";
import { useState } from "react";
import { Button } from "./button.tsx";
import { CopyButton } from "./copy-button.tsx";
import { upCommand } from "./up-command.ts";

type Props = {
  readonly token: string;
  /** Written by the server, which knows the address that devices reach it by. */
  readonly installCommand: string;
  readonly serverUrl: string;
};

const TAB =
  "min-h-9 border-b-2 border-transparent px-1 text-muted hover:text-text data-active:border-accent data-active:font-medium data-active:text-text";

/** One command, with the token masked in view and whole in the copy. */
export function InstallCommand({ token, installCommand, serverUrl }: Props) {
  const [isShown, setShown] = useState(false);
  const shared = { token, isShown, onToggle: () => setShown(!isShown) };
  return (
    <Tabs.Root defaultValue="install">
      <Tabs.List className="flex gap-4 border-b border-hairline" aria-label="What the machine has">
        <Tabs.Tab value="install" className={TAB}>
          New machine
        </Tabs.Tab>
        <Tabs.Tab value="up" className={TAB}>
          Agent installed
        </Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="install" className="pt-3">
        <p className="mb-2 text-muted">
          Run this on the machine, in a terminal. Linux; nothing but curl has to be there.
        </p>
        <Command text={installCommand} {...shared} />
      </Tabs.Panel>
      <Tabs.Panel value="up" className="pt-3">
        <p className="mb-2 text-muted">Run this where the agent is installed already.</p>
        <Command text={upCommand(serverUrl, token)} {...shared} />
      </Tabs.Panel>
    </Tabs.Root>
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
