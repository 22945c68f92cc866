/** What a procedure of the browsers' router may know of its request, over HTTP and over WebSocket alike. */
import { type SignedIn, checkSession } from "./auth/check-session.ts";
import { isSecureUrl, readSessionId } from "./auth/cookie.ts";
import { getProcess, type DashboardProcess } from "./process.ts";

export type Context = Pick<
  DashboardProcess,
  "db" | "bus" | "hub" | "keys" | "sealingKey" | "env" | "now" | "throttles"
> & {
  /** Asked for each procedure, not once: a WebSocket outlives the session that opened it. */
  readonly signedIn: () => SignedIn | null;
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

type Headers = { readonly cookie: string | null; readonly address: string | null; readonly origin: string | null };

export async function newContext(headers: Headers, dashboard: DashboardProcess = getProcess()): Promise<Context> {
  const { db, bus, hub, keys, sealingKey, env, now, throttles } = dashboard;
  const sessionId = await readSessionId(headers.cookie, { secret: keys.authSecret, isSecure: isSecureUrl(env.url) });
  return {
    db,
    bus,
    hub,
    keys,
    sealingKey,
    env,
    now,
    throttles,
    signedIn: () => (sessionId === null ? null : checkSession(db, sessionId, now())),
    subscriptions: { open: 0 },
    address: headers.address ?? "unknown",
    origin: env.url ?? headers.origin ?? "http://localhost",
  };
}
