import { safeNext } from "@/app/login/safe-next.ts";
import { carrying, goTo, sessionOf } from "../browser.ts";
import { ORIGIN_HEADER } from "@/server/context.ts";
import { beginSignIn } from "@/server/oidc/sign-in-through-provider.ts";
import { getProcess } from "@/server/process.ts";

export const dynamic = "force-dynamic";

/** A cookie holds 4 KiB, sealed and with all the rest. */
const MAX_NEXT = 1_000;

/** To the provider. What it leads to is asked for by people alone: nothing loads it ahead. */
export async function GET(request: Request): Promise<Response> {
  const dashboard = getProcess();
  const { oidc, env } = dashboard;
  if (oidc === null) return goTo("/login");
  const { searchParams, search } = new URL(request.url);
  // People are sent back to that address, where a cookie of this one would be missing.
  if (env.url !== undefined && request.headers.get(ORIGIN_HEADER) !== env.url && !searchParams.has("home"))
    return goTo(`${env.url}/api/auth/oidc/start${search === "" ? "?" : `${search}&`}home=1`);
  const next = safeNext(searchParams.get("next") ?? undefined);
  const begun = await beginSignIn(
    { ...dashboard, oidc },
    {
      next: next.length > MAX_NEXT ? "/" : next,
      isFresh: searchParams.has("fresh"),
      ticket: searchParams.get("ticket") ?? undefined,
      sessionId: await sessionOf(request),
    },
  );
  return goTo(begun.location, carrying(begun.flow));
}
