import type { Metadata } from "next";
import { Entrance } from "@/components/entrance.tsx";
import { safeNext } from "../../safe-next.ts";
import { LinkForm } from "./link-form.tsx";

export const metadata: Metadata = { title: "Sign in", referrer: "no-referrer" };

type Props = {
  readonly params: Promise<{ secret: string }>;
  readonly searchParams: Promise<{ readonly [name in "by" | "next"]?: string | string[] }>;
};

/** What a mailed link leads to, and the way back from a sign-in provider. Opening it changes nothing and asks nothing: what looks at links ahead of people uses none up. */
export default async function SignInLinkPage({ params, searchParams }: Props) {
  const { secret } = await params;
  const { by, next } = await searchParams;
  const lead =
    by === "provider"
      ? "Your sign-in provider says who you are: one click, and you are in."
      : "With the link that you were sent, once.";
  return (
    <Entrance title="Sign in" lead={lead}>
      <LinkForm secret={secret} next={safeNext(typeof next === "string" ? next : undefined)} />
    </Entrance>
  );
}
