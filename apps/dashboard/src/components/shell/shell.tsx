"use client";

import { PanelLeft } from "lucide-react";
import Link from "next/link";
import { useCallback, useState } from "react";
import { Button } from "../button.tsx";
import { Mark } from "../mark.tsx";
import { type Team, TeamProvider } from "../team-context.tsx";
import { NAV_COOKIE, rememberInCookie, type Theme } from "../theme.ts";
import { LiveProvider } from "./live.tsx";
import { NavList } from "./nav-list.tsx";
import { ShortcutSheet, useShortcuts } from "./shortcuts.tsx";
import { TopBar } from "./top-bar.tsx";

export type ShellUser = { readonly name: string; readonly email: string };

type Props = {
  readonly team: Team;
  readonly teams: readonly Team[];
  readonly user: ShellUser;
  readonly theme: Theme;
  readonly isNavCollapsed: boolean;
  readonly children: React.ReactNode;
};

/** What stays around every page of a team. */
export function Shell({ team, teams, user, theme, isNavCollapsed, children }: Props) {
  const [isCollapsed, setCollapsed] = useState(isNavCollapsed);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const showHelp = useCallback(() => setHelpOpen(true), []);
  useShortcuts(team, showHelp);

  function toggleNav() {
    setCollapsed(!isCollapsed);
    rememberInCookie(NAV_COOKIE, isCollapsed ? "open" : "icons");
  }

  return (
    <TeamProvider team={team}>
      <LiveProvider key={team.slug} team={team.slug}>
        <a
          href="#main"
          className="sr-only z-50 rounded-md bg-accent px-3 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
        >
          Skip to content
        </a>
        <div className="shell" data-nav={isCollapsed ? "icons" : "open"}>
          <nav
            aria-label="Pages"
            className="shell-nav sticky top-0 h-dvh flex-col gap-3 overflow-hidden border-r border-hairline bg-canvas p-2"
          >
            <Link
              href={`/t/${team.slug}/devices`}
              className="flex h-8 items-center gap-2.5 rounded-md px-2 font-semibold tracking-[-0.01em]"
            >
              <Mark className="size-6" />
              <span className="nav-label">Pinhole</span>
            </Link>
            <NavList />
            <Button
              look="quiet"
              className="nav-toggle mt-auto min-h-9! justify-start! gap-2.5! px-2.5! text-muted"
              aria-expanded={!isCollapsed}
              onClick={toggleNav}
            >
              <PanelLeft aria-hidden="true" strokeWidth={1.75} />
              <span className="nav-label">Collapse</span>
            </Button>
          </nav>
          <div className="min-w-0">
            <TopBar team={team} teams={teams} user={user} theme={theme} onShowShortcuts={showHelp} />
            <main id="main" tabIndex={-1} className="p-4 outline-0 sm:px-6 sm:py-5">
              {children}
            </main>
          </div>
        </div>
        <ShortcutSheet open={isHelpOpen} onClose={() => setHelpOpen(false)} />
      </LiveProvider>
    </TeamProvider>
  );
}
