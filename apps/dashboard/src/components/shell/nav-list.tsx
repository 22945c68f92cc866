"use client";

import clsx from "clsx";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { useTeam } from "../team-context.tsx";
import { navItemsFor } from "./nav-items.ts";

type Props = { readonly onNavigate?: () => void };

export function NavList({ onNavigate }: Props) {
  const { slug: team, role } = useTeam();
  const pathname = usePathname();
  return (
    <ul className="flex flex-col gap-0.5">
      {navItemsFor(role).map(({ segment, label, Icon }) => {
        const href = `/t/${team}/${segment}`;
        const isCurrent = pathname === href || pathname.startsWith(`${href}/`);
        return (
          <li key={segment}>
            <Link
              href={href}
              onClick={() => onNavigate?.()}
              aria-current={isCurrent ? "page" : undefined}
              className={clsx(
                "relative flex min-h-9 items-center gap-2.5 rounded-md px-2.5",
                isCurrent
                  ? "bg-accent-wash font-medium text-text before:absolute before:inset-y-2 before:left-0 before:w-0.5 before:rounded-full before:bg-accent"
                  : "text-muted hover:bg-hover hover:text-text",
              )}
            >
              <Icon
                aria-hidden="true"
                className={clsx("size-4.5 shrink-0", isCurrent && "text-accent")}
                strokeWidth={1.75}
              />
              <span className="nav-label">{label}</span>
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
