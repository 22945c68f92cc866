/** What a procedure of the browsers' router may know of its request, over HTTP and over WebSocket alike. */
import { checkApiToken, type TokenHolder } from "./api-tokens/check-api-token.ts";
import { bearerOf } from "./api-tokens/token-text.ts";
import { type SignedIn, checkSession } from "./auth/check-session.ts";
import { browserOf, isSecureUrl, readSessionId } from "./auth/cookie.ts";
import { getProcess, type DashboardProcess } from "./process.ts";

export type Context = Pick<
  DashboardProcess,
  "db" | "bus" | "hub" | "keys" | "sealingKey" | "env" | "now" | "throttles" | "challenges" | "mailer"
> & {
  /** Asked for each procedure, not once: a WebSocket outlives the session that opened it. */
  readonly signedIn: () => SignedIn | null;
  /** Who presents an API token; a request that does has no session, whatever cookies came along. */
  readonly apiToken: () => TokenHolder | null;
  /** Which browser it is, signed in or not; null when that is not known. */
  readonly browser: string | null;
  /** How many subscriptions this connection has open. */
  readonly subscriptions: { open: number };
  readonly address: string;
  /** Scheme and host as the browser sees them: what commands for devices are written with unless PINHOLE_URL says otherwise. */
  readonly origin: string;
};

/** The headers that `main.ts` sets on every request, after dropping whatever came under their names. */
export const ADDRESS_HEADER = "x-pinhole-address";
export const ORIGIN_HEADER = "x-pinhole-origin";
/** Path and query as asked for: Next does not tell a page its own address. */
export const PATH_HEADER = "x-pinhole-path";

type Headers = {
  readonly cookie: string | null;
  /** Left out where no program can come: over WebSocket, and for pages. */
  readonly authorization?: string | null;
  readonly address: string | null;
  readonly origin: string | null;
};

export async function newContext(
  headers: Headers,
  dashboard: Omit<DashboardProcess, "oidc"> = getProcess(),
): Promise<Context> {
  const { db, bus, hub, keys, sealingKey, env, now, throttles, challenges, mailer } = dashboard;
  const bearer = bearerOf(headers.authorization);
  const address = headers.address ?? "unknown";
  const sessionId =
    bearer === null
      ? await readSessionId(headers.cookie, { secret: keys.authSecret, isSecure: isSecureUrl(env.url) })
      : null;
  return {
    db,
    bus,
    hub,
    keys,
    sealingKey,
    env,
    now,
    throttles,
    challenges,
    mailer,
    signedIn: () => (sessionId === null ? null : checkSession(db, sessionId, now())),
    apiToken: () => (bearer === null ? null : checkApiToken(db, { text: bearer, address }, now())),
    browser: browserOf(headers.cookie, isSecureUrl(env.url)),
    subscriptions: { open: 0 },
    address,
    origin: env.url ?? headers.origin ?? "http://localhost",
  };
}
