import { TRPCError } from "@trpc/server";
import type { Metadata } from "next";
import Link from "next/link";
import { Entrance } from "@/components/entrance.tsx";
import { ROLE_WORDS } from "@/components/words/role-words.ts";
import { getQueryClient, Hydrate, isSignedIn, load, trpc } from "@/trpc/server.tsx";
import { AcceptForm } from "./accept-form.tsx";
import { JoinForm } from "./join-form.tsx";

export const metadata: Metadata = { title: "Invite", referrer: "no-referrer" };

/** What a link leads to. Opening it changes nothing: joining takes a click. */
export default async function InvitePage({ params }: { readonly params: Promise<{ secret: string }> }) {
  const { secret } = await params;
  const invite = await find(secret);
  if (invite === undefined) {
    return (
      <Entrance title="This invite leads nowhere" lead="It was used, taken back or has run out.">
        <p>
          Ask who sent it for another.{" "}
          <Link href="/" className="link">
            Go to the dashboard
          </Link>
        </p>
      </Entrance>
    );
  }
  const { team, role, invitedBy } = invite;
  const lead = `${invitedBy ?? "Somebody"} invites you as ${ROLE_WORDS[role].toLowerCase()}.`;
  if (!(await isSignedIn())) {
    return (
      <Entrance title={`Join ${team.name}`} lead={lead}>
        <JoinForm secret={secret} email={invite.email} />
      </Entrance>
    );
  }
  await load(trpc.session.me.queryOptions());
  return (
    <Hydrate>
      <Entrance title={`Join ${team.name}`} lead={lead}>
        <AcceptForm secret={secret} email={invite.email} />
      </Entrance>
    </Hydrate>
  );
}

async function find(secret: string) {
  try {
    return await getQueryClient().fetchQuery(trpc.invite.view.queryOptions({ secret }));
  } catch (error) {
    // What is no secret at all is as little an invite as one that is over.
    if (error instanceof TRPCError && ["NOT_FOUND", "BAD_REQUEST"].includes(error.code)) return undefined;
    throw error;
  }
}
