import { ADDRESS_HEADER } from "@/server/context.ts";
import { finishSignIn } from "@/server/oidc/sign-in-through-provider.ts";
import { getProcess } from "@/server/process.ts";
import { carriedBy, carrying, goTo, sessionOf } from "../browser.ts";

export const dynamic = "force-dynamic";

/** Back from the provider. */
export async function GET(request: Request): Promise<Response> {
  const dashboard = getProcess();
  const { oidc } = dashboard;
  if (oidc === null) return goTo("/login");
  const finished = await finishSignIn(
    { ...dashboard, oidc },
    {
      query: new URL(request.url).searchParams,
      carried: carriedBy(request),
      sessionId: await sessionOf(request),
      address: request.headers.get(ADDRESS_HEADER) ?? "unknown",
    },
  );
  return goTo(finished.location, carrying(finished.flow));
}
