import { cookies } from "next/headers";
import { notFound } from "next/navigation";
import { Shell } from "@/components/shell/shell.tsx";
import { NAV_COOKIE, parseTheme, THEME_COOKIE } from "@/components/theme.ts";
import { load, trpc } from "@/trpc/server.tsx";

type Props = { readonly params: Promise<{ team: string }>; readonly children: React.ReactNode };

export default async function TeamLayout({ children, params }: Props) {
  const { team: slug } = await params;
  const { user, memberships } = await load(trpc.session.me.queryOptions());
  const teams = memberships.map(({ team, role }) => ({ slug: team.slug, name: team.name, role }));
  const team = teams.find((candidate) => candidate.slug === slug);
  if (team === undefined) notFound();

  const kept = await cookies();
  return (
    <Shell
      team={team}
      teams={teams}
      user={{ name: user.name, email: user.email }}
      theme={parseTheme(kept.get(THEME_COOKIE)?.value)}
      isNavCollapsed={kept.get(NAV_COOKIE)?.value === "icons"}
    >
      {children}
    </Shell>
  );
}
