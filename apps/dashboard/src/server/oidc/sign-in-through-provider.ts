/** To the provider and back: each step answers with where the browser goes next. */
import { oidcIdentity } from "@pinhole/drizzle/schema";
import { networkOf } from "@pinhole/protocol";
import { and, eq } from "drizzle-orm";
import { checkSession } from "../auth/check-session.ts";
import { makeSignInLink } from "../auth/sign-in-link.ts";
import { isSteppedUp } from "../auth/step-up.ts";
import type { DashboardProcess } from "../process.ts";
import type { Claims } from "./claims.ts";
import { type AccountRefusal, findAccount } from "./find-account.ts";
import { type Flow, openFlow, openTicket, sealFlow } from "./flow.ts";
import { connectIdentity } from "./identities.ts";
import { newChecks, type OidcProvider, type ProviderProblem } from "./provider.ts";

/** Why it came to nothing; the page has the words. */
export type SignInProblem =
  | AccountRefusal
  | ProviderProblem
  /** Begun in another browser, too long ago, or not here at all. */
  | "flow-over"
  /** The identity is connected to another account. */
  | "identity-taken"
  /** The session that asked for it has ended, or is not stepped up any more. */
  | "session-over"
  | "too-many-tries";

export type Sources = Pick<DashboardProcess, "db" | "env" | "sealingKey" | "throttles" | "now"> & {
  readonly oidc: OidcProvider;
};

type Step = {
  /** A path of this site, or the provider's address. */
  readonly location: string;
  /** What the browser carries; null: nothing any more, undefined: as before. */
  readonly flow?: string | null;
};

type Beginning = {
  readonly next: string;
  /** Has the person prove who they are even if the provider knows them still. */
  readonly isFresh: boolean;
  /** Given out by {@link sealTicket}; undefined: it is a sign-in. */
  readonly ticket: string | undefined;
  readonly sessionId: string | null;
};

export async function beginSignIn(
  { oidc, sealingKey, now }: Sources,
  { next, isFresh, ticket: text, sessionId }: Beginning,
): Promise<Step> {
  const ticket = text === undefined ? undefined : openTicket(sealingKey, text, now());
  if (text !== undefined && (ticket === undefined || ticket.connects !== sessionId))
    return { location: withProblem(next, "session-over") };
  const target = ticket?.next ?? next;
  const checks = newChecks();
  const url = await oidc.authorizationUrl(checks, isFresh);
  const connects = ticket?.connects ?? null;
  if (!url.ok) return { location: problemPage({ next: target, connects }, url.error) };
  const flow = { ...checks, next: target, connects, at: now().getTime() };
  return { location: url.value.href, flow: sealFlow(sealingKey, flow) };
}

type Returning = {
  readonly query: URLSearchParams;
  /** What the browser carried. */
  readonly carried: string | undefined;
  readonly sessionId: string | null;
  readonly address: string;
};

export async function finishSignIn(sources: Sources, returning: Returning): Promise<Step> {
  const { oidc, sealingKey, throttles, now } = sources;
  const { query, carried, sessionId, address } = returning;
  const flow = openFlow(sealingKey, carried, now());
  if (flow === undefined || query.get("state") !== flow.state) return { location: withProblem("/login", "flow-over") };
  if (!throttles.signInAddress.take(networkOf(address), now()))
    return { location: problemPage(flow, "too-many-tries"), flow: null };
  const claims = await oidc.redeem(query, flow);
  if (!claims.ok) return { location: problemPage(flow, claims.error), flow: null };
  const arrived = { flow, claims: claims.value, address };
  const location =
    flow.connects === null ? signInAs(sources, arrived) : connect(sources, { ...arrived, sessionId }, flow.connects);
  return { location, flow: null };
}

type Arrived = { readonly flow: Flow; readonly claims: Claims; readonly address: string };

/** A link that signs in once: the second factor is asked for on its page, as of every link. */
function signInAs({ db, env, now }: Sources, { flow, claims, address }: Arrived): string {
  const { oidc: settings } = env;
  if (settings === undefined) return withProblem("/login", "flow-over");
  return db.transaction(
    (tx) => {
      const account = findAccount(tx, { settings, claims, address }, now());
      if (!account.ok) return problemPage(flow, account.error);
      const { verifiedAt } = claims;
      const secret = makeSignInLink(tx, { userId: account.value, by: "provider", verifiedAt }, now());
      return `/login/link/${secret}?${new URLSearchParams({ by: "provider", next: flow.next }).toString()}`;
    },
    { behavior: "immediate" },
  );
}

/** The session vouches for the account, so that what the provider says of the address does not matter. */
function connect(
  { db, env, now }: Sources,
  { flow, claims, address, sessionId }: Arrived & { readonly sessionId: string | null },
  connects: `ses_${string}`,
): string {
  const signedIn = sessionId === connects ? checkSession(db, connects, now()) : null;
  const { oidc: settings } = env;
  if (settings === undefined || signedIn === null || !isSteppedUp(signedIn.verifiedAt, now()))
    return problemPage(flow, "session-over");
  const { issuer } = settings;
  const { user: account } = signedIn;
  return db.transaction(
    (tx) => {
      const isIt = and(eq(oidcIdentity.issuer, issuer), eq(oidcIdentity.subject, claims.subject));
      const known = tx.select({ userId: oidcIdentity.userId }).from(oidcIdentity).where(isIt).get();
      if (known !== undefined) return known.userId === account.id ? flow.next : problemPage(flow, "identity-taken");
      const author = { kind: "user", id: account.id, name: account.name, address } as const;
      connectIdentity(tx, { account, issuer, claims, author, by: "settings" }, now());
      return flow.next;
    },
    { behavior: "immediate" },
  );
}

/** Where it was asked for: the sign-in page, or the settings. */
const problemPage = ({ next, connects }: Pick<Flow, "next" | "connects">, problem: SignInProblem) =>
  connects === null ? withProblem("/login", problem, next) : withProblem(next, problem);

function withProblem(path: string, problem: SignInProblem, next = "/"): string {
  const url = new URL(path, "http://site.invalid");
  url.searchParams.set("problem", problem);
  if (next !== "/") url.searchParams.set("next", next);
  return url.pathname + url.search;
}
