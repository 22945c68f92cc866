/** The vocabulary of the server's tests: the real router on a real database, and a hub that does as it is told. */
import { randomBytes } from "node:crypto";
import type { Db } from "@pinhole/drizzle";
import type { Role, Team } from "@pinhole/drizzle/schema";
import { insertMembership, insertSession, insertTeam, insertUser, openTestDb } from "@pinhole/drizzle/testing";
import { type AttemptId, type DeviceId, ok, type Result, type TeamId } from "@pinhole/protocol";
import type { PunchRefusal } from "@pinhole/protocol/control";
import type { CompiledPolicy } from "@pinhole/protocol/policy";
import { capabilitiesOf } from "@pinhole/protocol/team";
import { type Env, parseEnv } from "../env.ts";
import type { Actor } from "./actor.ts";
import { checkSession } from "./auth/check-session.ts";
import { Bus, type BusEvent } from "./bus.ts";
import type { Context } from "./context.ts";
import { policyOf } from "./coordination/team-cache.ts";
import type { HubPort } from "./hub-port.ts";
import type { ReachAnswer, ReachRefusal } from "./policy/policy-desk.ts";
import type { Rollout } from "./policy/rollout.ts";
import { loadServerKeys } from "./keys.ts";
import type { Mailer } from "./mail/mailer.ts";
import { Challenges } from "./passkeys/challenges.ts";
import { createCaller } from "./routers/index.ts";
import { newThrottles } from "./throttles.ts";

export const NOW = new Date("2026-01-02T03:04:05Z");

export const ACTOR = {
  kind: "user",
  id: null,
  name: "Ana",
  address: "192.0.2.1",
  role: "owner",
  capabilities: capabilitiesOf("owner"),
  isSteppedUp: true,
} as const satisfies Omit<Actor, "teamId">;

/** Devices are online when a test says so. */
export class FakeHub implements HubPort {
  readonly #db: Db;
  readonly online = new Map<DeviceId, Date>();
  readonly disconnected: { deviceId: DeviceId; reason: string }[] = [];
  readonly punches: { initiatorId: DeviceId; peerId: DeviceId }[] = [];
  punchAnswer: Result<{ attemptId: AttemptId }, PunchRefusal> = ok({
    attemptId: "att_00000000000000000000000000000001",
  });

  reachAnswer: Result<ReachAnswer, ReachRefusal> = ok({ outcome: "connected", ms: 12 });
  readonly reachProbes: { deviceId: DeviceId; address: string; port: number }[] = [];
  rolledOut: Rollout = { version: 1, devices: [] };

  constructor(db: Db) {
    this.#db = db;
  }

  policyInForce = (teamId: TeamId): CompiledPolicy => {
    const policy = policyOf(this.#db, teamId, NOW);
    if (policy === undefined) throw new Error(`team ${teamId} has no policy`);
    return policy;
  };

  rollout = (): Rollout => this.rolledOut;
  probeReach = (deviceId: DeviceId, target: { readonly address: string; readonly port: number }) => {
    this.reachProbes.push({ deviceId, ...target });
    return Promise.resolve(this.reachAnswer);
  };
  onlineDeviceIds = (): ReadonlySet<string> => new Set(this.online.keys());
  isOnline = (deviceId: DeviceId): boolean => this.online.has(deviceId);
  connectedSince = (deviceId: DeviceId): Date | undefined => this.online.get(deviceId);
  disconnect = (deviceId: DeviceId, reason: "revoked" | "shutdown"): void =>
    void this.disconnected.push({ deviceId, reason });
  requestPunch = (initiatorId: DeviceId, { peerId }: { readonly peerId: DeviceId }) => {
    this.punches.push({ initiatorId, peerId });
    return this.punchAnswer;
  };
}

export type TestServer = {
  readonly db: Db;
  readonly hub: FakeHub;
  readonly events: BusEvent[];
  readonly team: Team;
  /** A team of other people. */
  readonly otherTeam: Team;
  /** Moves for every caller at once. */
  readonly clock: { now: Date };
  /** A caller who has that role in `team`; `stranger` is the owner of `otherTeam`, `nobody` is not signed in. */
  as(who: Role | "stranger" | "nobody"): ReturnType<typeof createCaller>;
  /** The context of {@link as}, for what a caller hides. */
  contextOf(who: Role | "stranger" | "nobody"): Context & { readonly sessionId: `ses_${string}` | null };
};

export function newTestServer(settings: Partial<Env> = {}, mailer: Mailer | null = null): TestServer {
  const db = openTestDb();
  const [team, otherTeam] = [insertTeam(db, { slug: "ours" }), insertTeam(db, { slug: "theirs" })];
  const hub = new FakeHub(db);
  const bus = new Bus();
  const events: BusEvent[] = [];
  bus.subscribe((event) => events.push(event));
  const clock = { now: NOW };
  const throttles = newThrottles();
  const challenges = new Challenges();
  const keys = loadServerKeys(db);
  const sealingKey = randomBytes(32);
  const env = { ...defaultEnv(), ...settings };

  const contextOf = (who: Role | "stranger" | "nobody") => {
    const user = insertUser(db);
    if (who !== "nobody") {
      insertMembership(db, {
        teamId: (who === "stranger" ? otherTeam : team).id,
        userId: user.id,
        role: who === "stranger" ? "owner" : who,
      });
    }
    const sessionId =
      who === "nobody"
        ? null
        : insertSession(db, {
            userId: user.id,
            lastSeenAt: NOW,
            verifiedAt: clock.now,
            expiresAt: new Date(NOW.getTime() + 86_400_000),
          }).id;
    const now = () => clock.now;
    const signedIn = () => (sessionId === null ? null : checkSession(db, sessionId, now()));
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
      signedIn,
      apiToken: () => null,
      browser: "a browser",
      subscriptions: { open: 0 },
      address: "192.0.2.1",
      origin: "http://pinhole.test",
      sessionId,
    };
  };
  return { db, hub, events, team, otherTeam, clock, contextOf, as: (who) => createCaller(contextOf(who)) };
}

function defaultEnv() {
  const env = parseEnv({}, "/nowhere");
  if (!env.ok) throw new Error(env.error.join("\n"));
  return env.value;
}
