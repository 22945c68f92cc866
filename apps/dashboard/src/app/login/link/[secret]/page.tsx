import type { Metadata } from "next";
import { Entrance } from "@/components/entrance.tsx";
import { LinkForm } from "./link-form.tsx";

export const metadata: Metadata = { title: "Sign in", referrer: "no-referrer" };

/** What a mailed link leads to. Opening it changes nothing and asks nothing: what looks at links ahead of people uses none up. */
export default async function SignInLinkPage({ params }: { readonly params: Promise<{ secret: string }> }) {
  const { secret } = await params;
  return (
    <Entrance title="Sign in" lead="With the link that you were sent, once.">
      <LinkForm secret={secret} />
    </Entrance>
  );
}
