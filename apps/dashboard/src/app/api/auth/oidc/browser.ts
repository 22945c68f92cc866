/** What the browser brings along and is sent away with. */
import { cookieValue, isSecureUrl, readSessionId } from "@/server/auth/cookie.ts";
import { FLOW_MS, flowCookieName } from "@/server/oidc/flow.ts";
import { getProcess } from "@/server/process.ts";

const isSecure = () => isSecureUrl(getProcess().env.url);

export const sessionOf = (request: Request): Promise<string | null> =>
  readSessionId(request.headers.get("cookie"), { secret: getProcess().keys.authSecret, isSecure: isSecure() });

export const carriedBy = (request: Request): string | undefined =>
  cookieValue(request.headers.get("cookie") ?? "", flowCookieName(isSecure()));

/** The cookie that says so; undefined leaves it as it is, null ends it. */
export function carrying(flow: string | null | undefined): string | undefined {
  if (flow === undefined) return undefined;
  // Lax: it comes along when the provider sends the browser back, and with nothing that another site's page asks for.
  const fields = ["Path=/", "HttpOnly", "SameSite=Lax", `Max-Age=${flow === null ? 0 : FLOW_MS / 1_000}`];
  return [`${flowCookieName(isSecure())}=${flow ?? ""}`, ...fields, ...(isSecure() ? ["Secure"] : [])].join("; ");
}

export const goTo = (location: string, cookie?: string): Response =>
  new Response(null, {
    status: 303,
    headers: { location, "cache-control": "no-store", ...(cookie !== undefined && { "set-cookie": cookie }) },
  });
