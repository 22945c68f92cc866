/**
 * What exists once in the process. Next bundles pages and route handlers apart from `main.ts`, and each bundle gets its
 * own copy of every module: module scope is not process scope here, `globalThis` is.
 */
import type { Db } from "@pinhole/drizzle";
import type { Env } from "../env.ts";
import type { Bus } from "./bus.ts";
import type { HubPort } from "./hub-port.ts";
import type { ServerKeys } from "./keys.ts";
import type { Mailer } from "./mail/mailer.ts";
import type { Challenges } from "./passkeys/challenges.ts";
import type { OidcProvider } from "./oidc/provider.ts";
import type { Throttle } from "./throttle.ts";

export type DashboardProcess<Hub extends HubPort = HubPort> = {
  readonly db: Db;
  readonly env: Env;
  readonly bus: Bus;
  readonly hub: Hub;
  readonly keys: ServerKeys;
  /** Of secrets that a copy of the database must not give away. */
  readonly sealingKey: Uint8Array;
  readonly now: () => Date;
  readonly throttles: Throttles;
  /** What passkeys are to sign. */
  readonly challenges: Challenges;
  /** Null: no mail server is set up. */
  readonly mailer: Mailer | null;
  /** Null: nobody signs in through one. */
  readonly oidc: OidcProvider | null;
};

/** How often somebody who is not signed in may try, and how much is sent in the server's name. */
export type Throttles = {
  /** By account and address. */
  readonly signIn: Throttle;
  /** By address alone: each try costs the server a slow hash. */
  readonly signInAddress: Throttle;
  /** By account: who comes this far has the password already. */
  readonly secondFactor: Throttle;
  /** By address, so that nobody's guessing keeps the owner out. */
  readonly setup: Throttle;
  /** By address: links of invites are guessed at as little as anything else. */
  readonly invite: Throttle;
  /** Asking for a link to sign in: by address, account or not, and by the network of who asks. */
  readonly linkAddress: Throttle;
  readonly linkNetwork: Throttle;
  /** By team: what one team's admins can have sent. */
  readonly mailTeam: Throttle;
  /** By who gets it, whoever has it sent. */
  readonly mailAddress: Throttle;
};

declare global {
  var pinholeProcess: DashboardProcess | undefined;
}

/** Called by `main.ts`, before anything is served. */
export function setProcess(made: DashboardProcess): void {
  globalThis.pinholeProcess = made;
}

export function getProcess(): DashboardProcess {
  const made = globalThis.pinholeProcess;
  if (made === undefined) throw new Error("the dashboard is served by src/main.ts alone: start it with `npm start`");
  return made;
}
