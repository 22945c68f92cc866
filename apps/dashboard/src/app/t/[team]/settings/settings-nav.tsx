"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { useTeam } from "@/components/team-context.tsx";

const PAGES = [
  { path: "", label: "General" },
  { path: "/api-tokens", label: "API tokens" },
  { path: "/webhooks", label: "Webhooks" },
] as const;

/** Between the pages of the settings. Links, not tabs: each has an address of its own. */
export function SettingsNav() {
  const { slug } = useTeam();
  const here = usePathname();
  return (
    <nav aria-label="Settings" className="mb-4 flex flex-wrap gap-x-4 border-b border-hairline">
      {PAGES.map(({ path, label }) => {
        const href = `/t/${slug}/settings${path}`;
        return (
          <Link
            key={path}
            href={href}
            aria-current={here === href ? "page" : undefined}
            className="-mb-px inline-flex min-h-9 items-center border-b-2 border-transparent px-1 text-muted hover:text-text aria-[current=page]:border-accent aria-[current=page]:font-medium aria-[current=page]:text-text"
          >
            {label}
          </Link>
        );
      })}
    </nav>
  );
}
