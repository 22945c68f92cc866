"use client";

import { Keyboard, LogOut, Menu as MenuIcon, Settings, UserRound } from "lucide-react";
import { useState } from "react";
import { IconButton } from "../button.tsx";
import { Dialog } from "../dialog.tsx";
import { Mark } from "../mark.tsx";
import { Menu, MenuItem, MenuLink, MenuSeparator } from "../menu.tsx";
import type { Theme } from "../theme.ts";
import { ThemeMenu } from "../theme-choice.tsx";
import { ConnectionPill } from "./connection-pill.tsx";
import { NavList } from "./nav-list.tsx";
import type { Team } from "../team-context.tsx";
import type { ShellUser } from "./shell.tsx";
import { signOutHere } from "./sign-out.ts";
import { TeamSwitcher } from "./team-switcher.tsx";

type Props = {
  readonly team: Team;
  readonly teams: readonly Team[];
  readonly user: ShellUser;
  readonly theme: Theme;
  readonly onShowShortcuts: () => void;
};

export function TopBar({ team, teams, user, theme, onShowShortcuts }: Props) {
  const [isNavOpen, setNavOpen] = useState(false);
  return (
    <header className="sticky top-0 z-30 flex h-12 items-center gap-2 border-b border-hairline bg-canvas px-3 sm:px-4">
      <IconButton aria-label="Navigation" className="sm:hidden!" onClick={() => setNavOpen(true)}>
        <MenuIcon aria-hidden="true" />
      </IconButton>
      <Dialog open={isNavOpen} onClose={() => setNavOpen(false)} title="Pinhole" side="left">
        <nav aria-label="Pages">
          <NavList onNavigate={() => setNavOpen(false)} />
        </nav>
      </Dialog>
      <Mark className="size-6 sm:hidden" />
      <TeamSwitcher team={team} teams={teams} />
      <div className="ms-auto flex items-center gap-1.5">
        <ConnectionPill />
        <ThemeMenu initial={theme} />
        <AccountMenu user={user} team={team} onShowShortcuts={onShowShortcuts} />
      </div>
    </header>
  );
}

function AccountMenu({ user, team, onShowShortcuts }: Pick<Props, "user" | "team" | "onShowShortcuts">) {
  return (
    <Menu
      trigger={(props) => (
        <IconButton {...props} aria-label="Account">
          <UserRound aria-hidden="true" />
        </IconButton>
      )}
    >
      <div className="px-2 py-1.5">
        <p className="font-medium [overflow-wrap:anywhere]">{user.name}</p>
        <p className="text-sm text-muted [overflow-wrap:anywhere]">{user.email}</p>
      </div>
      <MenuSeparator />
      <MenuLink href={`/t/${team.slug}/settings`}>
        <Settings aria-hidden="true" className="size-4" /> Settings
      </MenuLink>
      <MenuItem onSelect={onShowShortcuts}>
        <Keyboard aria-hidden="true" className="size-4" /> Keyboard shortcuts
      </MenuItem>
      <MenuSeparator />
      <MenuItem onSelect={() => void signOutHere()}>
        <LogOut aria-hidden="true" className="size-4" /> Sign out
      </MenuItem>
    </Menu>
  );
}
