import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { Entrance } from "@/components/entrance.tsx";
import { isSignedIn, load, trpc } from "@/trpc/server.tsx";
import { LoginForm } from "./login-form.tsx";
import { MailLinkForm } from "./mail-link-form.tsx";
import { PasskeySignIn } from "./passkey-sign-in.tsx";
import { ProviderSignIn } from "./provider-sign-in.tsx";
import { safeNext } from "./safe-next.ts";

export const metadata: Metadata = { title: "Sign in" };

type Props = { readonly searchParams: Promise<{ readonly [name in "next" | "problem"]?: string | string[] }> };

export default async function LoginPage({ searchParams }: Props) {
  const { needed } = await load(trpc.setup.status.queryOptions());
  if (needed) redirect("/setup");
  const ways = await load(trpc.signIn.ways.queryOptions());
  const { next, problem } = await searchParams;
  const target = safeNext(typeof next === "string" ? next : undefined);
  if (await isSignedIn()) redirect(target);
  return (
    <Entrance title="Sign in" lead="Devices, and the paths between them.">
      <LoginForm next={target} />
      <PasskeySignIn next={target} />
      {ways.provider !== null && <ProviderSignIn provider={ways.provider} next={target} problem={problem} />}
      {ways.mailLink && <MailLinkForm />}
    </Entrance>
  );
}
