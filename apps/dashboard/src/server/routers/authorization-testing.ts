/** Who may ask what, and a world to ask it in: for the tests that go through every procedure. */
import {
  insertApiToken,
  insertDelivery,
  insertDevice,
  insertEnrollmentToken,
  insertIdentity,
  insertInvite,
  insertMembership,
  insertPasskey,
  insertPathAttempt,
  insertPolicyVersion,
  insertSession,
  insertTeam,
  insertUser,
  insertWebhook,
} from "@pinhole/drizzle/testing";
import { type Device, newId, type Role, type Team } from "@pinhole/drizzle/schema";
import { DEFAULT_POLICY } from "@pinhole/protocol/policy";
import { type Capability, ROLES, scopeOf, SCOPES } from "@pinhole/protocol/team";
import { hashToken } from "../api-tokens/token-text.ts";
import { type Context, newContext } from "../context.ts";
import { NOW, newTestServer, type TestServer } from "../testing.ts";
import { newThrottles } from "../throttles.ts";

/** What each procedure asks for, or one of what. Every procedure has a line: one without fails the tests. */
export const REQUIRED = {
  "activity.export": "activity.export",
  "activity.list": "activity.view",
  "apiToken.create": "api-tokens.manage",
  "apiToken.list": "api-tokens.view",
  "apiToken.revoke": "api-tokens.manage",
  "connection.get": ["devices.view", "devices.own"],
  "connection.list": ["devices.view", "devices.own"],
  "connection.matrix": "devices.view",
  "connection.retry": ["connections.retry", "devices.own"],
  "device.approve": "devices.manage",
  "device.get": ["devices.view", "devices.own"],
  "device.list": ["devices.view", "devices.own"],
  "device.metrics": ["devices.view", "devices.own"],
  "device.rename": ["devices.manage", "devices.own"],
  "device.renew": "devices.manage",
  "device.replace": ["devices.manage", "devices.own"],
  "device.restore": "devices.manage",
  "device.revoke": ["devices.manage", "devices.own"],
  "identity.connect": "signed-in",
  "identity.disconnect": "signed-in",
  "identity.list": "signed-in",
  "invite.accept": "signed-in",
  "invite.create": "members.manage",
  "invite.list": "members.view",
  "invite.register": "anyone",
  "invite.renew": "members.manage",
  "invite.revoke": "members.manage",
  "invite.view": "anyone",
  "member.changeRole": "members.manage",
  "member.leave": "team.view",
  "member.list": "members.view",
  "member.remove": "members.manage",
  "member.transferOwnership": "owners.manage",
  "passkey.add": "signed-in",
  "passkey.beginAdd": "signed-in",
  "passkey.beginSignIn": "anyone",
  "passkey.beginVerify": "signed-in",
  "passkey.list": "signed-in",
  "passkey.remove": "signed-in",
  "passkey.rename": "signed-in",
  "passkey.verify": "signed-in",
  "policy.confirm": "policy.edit",
  "policy.get": "policy.view",
  "policy.probe": "connections.retry",
  "policy.revert": "policy.edit",
  "policy.review": "policy.edit",
  "policy.rollout": "policy.view",
  "policy.save": "policy.edit",
  "policy.subjects": "policy.view",
  "policy.version": "policy.view",
  "policy.versions": "policy.view",
  "relay.list": "devices.view",
  "secondFactor.begin": "signed-in",
  "secondFactor.confirm": "signed-in",
  "secondFactor.renewCodes": "signed-in",
  "secondFactor.status": "signed-in",
  "secondFactor.turnOff": "signed-in",
  "session.list": "signed-in",
  "session.me": "signed-in",
  "session.revoke": "signed-in",
  "session.revokeOthers": "signed-in",
  "session.verify": "signed-in",
  "setup.complete": "anyone",
  "setup.status": "anyone",
  "signIn.mailLink": "anyone",
  "signIn.ways": "anyone",
  "team.configure": "team.configure",
  "team.create": "owners.manage",
  "team.events": "team.view",
  "team.get": "team.view",
  "token.create": ["tokens.manage", "devices.own"],
  "token.list": ["tokens.view", "devices.own"],
  "token.progress": ["tokens.view", "devices.own"],
  "token.revoke": ["tokens.manage", "devices.own"],
  "webhook.create": "webhooks.manage",
  "webhook.deliveries": "webhooks.view",
  "webhook.list": "webhooks.view",
  "webhook.redeliver": "webhooks.manage",
  "webhook.remove": "webhooks.manage",
  "webhook.test": "webhooks.manage",
} as const satisfies Record<string, Capability | readonly Capability[] | "signed-in" | "anyone">;

export type Path = keyof typeof REQUIRED;
export const PATHS = Object.keys(REQUIRED) as Path[];

/** None for what does not ask for any. */
export function capabilitiesFor(path: Path): readonly Capability[] {
  const needed: Capability | readonly Capability[] | "signed-in" | "anyone" = REQUIRED[path];
  if (needed === "signed-in" || needed === "anyone") return [];
  return typeof needed === "string" ? [needed] : needed;
}

/** Of those that ask for a capability, what only a person may do. */
export const PERSONAL: ReadonlySet<Path> = new Set<Path>([
  "apiToken.create",
  "apiToken.list",
  "apiToken.revoke",
  "member.leave",
  "member.transferOwnership",
  "team.create",
  "team.events",
]);

/** What wants a recent proof, which no token has. */
export const STEPPED_UP: ReadonlySet<Path> = new Set<Path>(["member.remove"]);

/** Those that name a row, which may be another team's. The others name the team alone. */
export const ROW_PATHS: ReadonlySet<Path> = new Set(
  PATHS.filter((path) =>
    /^(device\.(approve|get|metrics|re)|connection\.(get|retry)|passkey\.re|policy\.(probe|version$)|token\.(progress|revoke)|apiToken\.revoke|webhook\.(deliveries|re|test)|invite\.re[nv]|member\.(change|remove|transfer)|session\.revoke$|identity\.dis)/.test(
      path,
    ),
  ),
);

export const OBJECTS = ["own", "foreign", "absent"] as const;
export type ObjectKind = (typeof OBJECTS)[number];

export type Identity = {
  readonly name: string;
  /** Null: not in the team. */
  readonly role: Role | null;
  readonly kind: "nobody" | "session" | "token";
  readonly scopes: readonly Capability[];
  /** Whether the devices and the enrollment token of the world are theirs. */
  readonly isOwner: boolean;
  readonly context: () => Context;
};

export type World = {
  readonly server: TestServer;
  readonly identities: readonly Identity[];
  /** Everything that any procedure asks for, at once: schemas drop what is not theirs. */
  readonly inputOf: (path: Path, object: ObjectKind) => Record<string, unknown>;
};

const CREDENTIAL = { id: "Y3JlZA", rawId: "Y3JlZA", type: "public-key" };

const HOUR = new Date(NOW.getTime() + 3_600_000);

/** `path` decides what is prepared, and which scope the tokens with one scope have. */
export async function newWorld(path: Path): Promise<World> {
  const server = newTestServer();
  const { db, team } = server;
  // Of none of those who ask: `stranger` is at home in a team of their own.
  const foreignTeam = insertTeam(db, { slug: "foreign" });
  const member = server.contextOf("member");
  const ownerId = userOf(member).id;
  const [own, foreign] = [fill(server, { team, path, ownerId }), fill(server, { team: foreignTeam, path, ownerId })];
  const absent = Object.fromEntries(
    Object.entries(own).map(([name, id]) => [name, newId(id.slice(0, id.indexOf("_")))]),
  ) as Rows;
  const rows = { own, foreign, absent };

  const needed = capabilitiesFor(path).map(scopeOf);
  const identities = [
    ...(["nobody", "stranger"] as const).map((who) => ofSession(server, who)),
    ...ROLES.map((role) => ofSession(server, role, role === "member" ? member : undefined)),
    await ofToken(server, { name: "an owner's token with every scope", role: "owner", scopes: SCOPES }),
    await ofToken(server, { name: "an owner's token with that scope", role: "owner", scopes: needed.slice(0, 1) }),
    await ofToken(server, {
      name: "an owner's token with every other scope",
      role: "owner",
      scopes: SCOPES.filter((scope) => !needed.includes(scope)),
    }),
    await ofToken(server, { name: "an owner's token for their own devices", role: "owner", scopes: ["devices.own"] }),
    await ofToken(server, {
      name: "the member's token with every scope",
      role: "member",
      scopes: SCOPES,
      base: member,
    }),
    await ofToken(server, { name: "a stranger's token with every scope", role: null, scopes: SCOPES }),
    await ofToken(server, { name: "a revoked token", role: "owner", scopes: SCOPES, isRevoked: true }),
  ];
  return {
    server,
    identities,
    inputOf(asked, object) {
      const isRow = ROW_PATHS.has(asked);
      const { device, peer, revokedDevice, token, apiToken, invite, member, session, webhook, delivery, passkey } =
        rows[isRow ? object : "own"];
      const slugs = { own: team.slug, foreign: foreignTeam.slug, absent: "nowhere" };
      return {
        team: isRow ? team.slug : slugs[object],
        deviceId: asked === "device.restore" ? revokedDevice : device,
        name: "renamed",
        maySpray: false,
        a: device,
        b: peer,
        from: device,
        to: peer,
        port: 22,
        replacedId: peer,
        days: 30,
        tokenId: token,
        apiTokenId: apiToken,
        inviteId: invite,
        webhookId: webhook,
        deliveryId: delivery,
        topics: ["device"],
        url: "https://hooks.example/pinhole",
        userId: member,
        sessionId: session,
        passkeyId: passkey,
        passkey: { ...CREDENTIAL, response: { clientDataJSON: "e30", attestationObject: "oA", transports: ["usb"] } },
        proof: {
          ...CREDENTIAL,
          response: { clientDataJSON: "e30", authenticatorData: "AA", signature: "AA", userHandle: "dXNy" },
        },
        scopes: ["team.view"],
        expiresInMs: 3_600_000,
        role: "auditor",
        secret: "x".repeat(43),
        document: DEFAULT_POLICY,
        format: "csv",
        base: 1,
        version: asked.startsWith("policy.") ? versionOf(asked, object) : 1,
        code: "123456",
        password: "a guessed password",
        email: "somebody@example.test",
        teamName: "Team",
        identityId: rows[isRow ? object : "own"].identity,
        page: `/t/${team.slug}/settings`,
      };
    },
  };
}

type Rows = ReturnType<typeof fill>;

type Filling = { readonly team: Team; readonly path: Path; readonly ownerId: `usr_${string}` };

function fill({ db, clock }: TestServer, { team: { id: teamId, slug }, path, ownerId }: Filling) {
  const member = insertUser(db);
  insertMembership(db, { teamId, userId: member.id, role: "member" });
  // A second owner, so that the first may go.
  insertMembership(db, { teamId, userId: insertUser(db).id, role: "owner" });
  const token = insertEnrollmentToken(db, { teamId, createdBy: ownerId }).id;
  const [device, peer] = [0, 1].map(() => insertDevice(db, { teamId, enrolledWith: token })) as [Device, Device];
  insertPathAttempt(db, { teamId, initiatorId: device.id, responderId: peer.id });
  insertPolicyVersion(db, { teamId, document: DEFAULT_POLICY });
  // Whoever settles a version needs one that waits for it.
  const confirmBy = new Date(clock.now.getTime() + 60_000);
  if (path === "policy.confirm" || path === "policy.revert")
    insertPolicyVersion(db, { teamId, version: 2, document: DEFAULT_POLICY, confirmBy });
  if (slug === "foreign") insertPolicyVersion(db, { teamId, version: 3, document: DEFAULT_POLICY });
  const webhook = insertWebhook(db, { teamId });
  return {
    webhook: webhook.id,
    delivery: insertDelivery(db, { webhookId: webhook.id }).id,
    device: device.id,
    peer: peer.id,
    revokedDevice: insertDevice(db, { teamId, revokedAt: NOW }).id,
    token,
    apiToken: insertApiToken(db, { teamId, createdBy: member.id, expiresAt: HOUR }).id,
    invite: insertInvite(db, { teamId, expiresAt: HOUR }).id,
    member: member.id,
    passkey: insertPasskey(db, { userId: member.id }).id,
    identity: insertIdentity(db, { userId: member.id }).id,
    session: insertSession(db, { userId: member.id, lastSeenAt: NOW, expiresAt: HOUR }).id,
  };
}

/** The other team has a third version, and nobody a hundredth. */
function versionOf(path: Path, object: ObjectKind): number {
  if (path !== "policy.version") return 2;
  return { own: 1, foreign: 3, absent: 100 }[object];
}

const userOf = (context: Context) => {
  const signedIn = context.signedIn();
  if (signedIn === null) throw new Error("nobody is signed in");
  return signedIn.user;
};

function ofSession(server: TestServer, who: Role | "nobody" | "stranger", known?: Context): Identity {
  const context = known ?? server.contextOf(who);
  const role = who === "nobody" || who === "stranger" ? null : who;
  const kind = who === "nobody" ? "nobody" : "session";
  // What one case spends of the tries must not be missing in the next.
  const isOwner = known !== undefined;
  return { name: who, role, kind, scopes: [], isOwner, context: () => ({ ...context, throttles: newThrottles() }) };
}

type TokenOf = Pick<Identity, "name" | "role" | "scopes"> & { readonly isRevoked?: boolean; readonly base?: Context };

async function ofToken(
  server: TestServer,
  { name, role, scopes, isRevoked = false, base: known }: TokenOf,
): Promise<Identity> {
  const { db, team, otherTeam } = server;
  const address = "192.0.2.1";
  const base = known ?? server.contextOf(role ?? "stranger");
  const text = `pha_${newId("x").slice(2)}${"x".repeat(11)}`;
  insertApiToken(db, {
    teamId: role === null ? otherTeam.id : team.id,
    createdBy: userOf(base).id,
    secretHash: hashToken(text),
    scopes: [...scopes],
    expiresAt: HOUR,
    // Used a moment ago: being looked at changes nothing.
    lastUsedAt: NOW,
    lastUsedFrom: address,
    revokedAt: isRevoked ? NOW : null,
  });
  const context = await newContext({ cookie: null, authorization: `Bearer ${text}`, address, origin: null }, base);
  const kind = isRevoked ? "nobody" : "token";
  const isOwner = known !== undefined;
  return { name, role, kind, scopes, isOwner, context: () => ({ ...context, throttles: newThrottles() }) };
}
