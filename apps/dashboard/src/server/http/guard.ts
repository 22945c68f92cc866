/**
 * The first look at every HTTP request, before Next sees it. Pure but for the headers that it rewrites.
 *
 * Next trusts a number of headers that only its own proxy should set, and follows conventions (server actions) that this
 * dashboard does not use; both are closed here, whatever the version of Next.
 */
import type { IncomingHttpHeaders } from "node:http";
import { bearerOf } from "../api-tokens/token-text.ts";
import { ADDRESS_HEADER, ORIGIN_HEADER, PATH_HEADER } from "../context.ts";
import { isOwnOrigin, isValidHost, originOf } from "./origin.ts";

/** Enough for the largest form there is. */
export const MAX_BODY_BYTES = 262_144;

/** Headers that steer Next or that we set ourselves: nobody outside has any business with them. */
const DROPPED =
  /^(?:forwarded$|x-forwarded-|x-real-ip$|x-middleware-|x-invoke-|x-matched-path$|x-prerender-|x-next-|x-nextjs-|x-now-|x-vercel-|x-pinhole-|x-nonce$|content-security-policy)/;

const READING = new Set(["GET", "HEAD"]);

export type GuardedRequest = {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** Rewritten in place. */
  readonly headers: IncomingHttpHeaders;
};

export type GuardOptions = { readonly publicUrl: string | undefined; readonly address: string; readonly nonce: string };

export type Refused = { readonly status: number; readonly message: string };

/** Undefined: go on. */
export function guardRequest(
  request: GuardedRequest,
  { publicUrl, address, nonce }: GuardOptions,
): Refused | undefined {
  const { headers, method = "", url = "" } = request;
  const { host } = headers;
  if (!isValidHost(host)) return { status: 400, message: "The request names no host." };
  for (const name of Object.keys(headers)) if (DROPPED.test(name)) delete headers[name];

  if (!READING.has(method)) {
    const refused = guardWriting(request, host, publicUrl);
    if (refused !== undefined) return refused;
  }
  // Everything but POST to the two API handlers is read: no body is ever waited for.
  else if (headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0) {
    return { status: 400, message: `A ${method} request has no body here.` };
  }
  if (!url.startsWith("/")) return { status: 400, message: "The address must be a path." };
  if (url.length > 16_384) return { status: 414, message: "The address is too long." };

  const origin = originOf(host, publicUrl);
  headers[ADDRESS_HEADER] = address;
  headers[ORIGIN_HEADER] = origin;
  headers[PATH_HEADER] = url;
  headers["x-forwarded-host"] = host;
  headers["x-forwarded-proto"] = origin.startsWith("https:") ? "https" : "http";
  headers["x-forwarded-for"] = address;
  headers["x-nonce"] = nonce;
  return undefined;
}

function guardWriting(
  { headers, method, url = "" }: GuardedRequest,
  host: string,
  publicUrl: string | undefined,
): Refused | undefined {
  if (method !== "POST") return { status: 405, message: "Only GET, HEAD and POST are answered here." };
  if (!/^\/api\/(?:trpc|auth)\//.test(url)) return { status: 405, message: "Nothing is posted to this address." };
  if (headers["next-action"] !== undefined) return { status: 400, message: "There are no server actions here." };
  // A browser sends an origin with every POST, and no page of another site can set this header without being let to
  // (CORS), which nothing here does: a program with a token of its own is what is left.
  const isProgram = headers.origin === undefined && bearerOf(headers.authorization) !== null;
  if (!(isProgram && url.startsWith("/api/trpc/")) && !isOwnOrigin(headers.origin, host, publicUrl))
    return { status: 403, message: "The request comes from another site." };

  const type = (headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase();
  const isForm = type === "application/x-www-form-urlencoded" && url.startsWith("/api/auth/");
  if (type !== "application/json" && !isForm) return { status: 415, message: "The body must be JSON." };
  // Without a length, the size is known only once it is too late.
  const length = headers["content-length"];
  if (length === undefined || headers["transfer-encoding"] !== undefined)
    return { status: 411, message: "The body's length is missing." };
  if (Number(length) > MAX_BODY_BYTES) return { status: 413, message: "The body is too large." };
  return undefined;
}
