import { capabilitiesOf } from "@pinhole/protocol/team";
import { auditEvent, membership } from "@pinhole/drizzle/schema";
import { insertMembership, insertUser } from "@pinhole/drizzle/testing";
import { ROLES } from "@pinhole/protocol/team";
import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { changeRole } from "../members/change-role.ts";
import { STEP_UP_MS } from "../auth/step-up.ts";
import { NOW, newTestServer, type TestServer } from "../testing.ts";
import { createCaller } from "./index.ts";

const team = "ours";

describe("member.list", () => {
  test("has everybody of the team and nobody else, by name", async () => {
    const server = newTestServer();
    const zoe = addMember(server, { name: "Zoe" });
    server.as("stranger");
    const rows = await server.as("auditor").member.list({ team });
    expect(rows.map(({ userId }) => userId)).toContain(zoe);
    expect(rows.map(({ role }) => role).toSorted()).toEqual(["auditor", "member"]);
    expect(rows.at(-1)).toMatchObject({ name: "Zoe", lastSeenAt: null });
  });
});

describe("member.changeRole", () => {
  test("takes effect on the next request and stands in the activity log with before and after", async () => {
    const server = newTestServer();
    const context = server.contextOf("member");
    const { user } = context.signedIn() ?? {};
    await server.as("owner").member.changeRole({ team, userId: user?.id ?? "usr_", role: "operator" });
    expect(roleOf(server, user?.id ?? "")).toBe("operator");
    expect(server.db.select().from(auditEvent).all()).toEqual([
      expect.objectContaining({
        action: "member.change-role",
        objectId: user?.id,
        before: { role: "member" },
        after: { role: "operator" },
      }),
    ]);
    expect(server.events).toContainEqual({ teamId: server.team.id, kind: "member", userId: user?.id });
  });

  test.each(["promote to owner", "demote an owner"])("an admin cannot %s", async (what) => {
    const server = newTestServer();
    server.as("owner");
    const target = addMember(server, { role: what === "demote an owner" ? "owner" : "member" });
    const change = server.as("admin").member.changeRole({
      team,
      userId: target,
      role: what === "demote an owner" ? "member" : "owner",
    });
    await expect(change).rejects.toMatchObject({ message: "role-insufficient" });
  });

  test("the last owner stays one, whoever asks", async () => {
    const server = newTestServer();
    const context = server.contextOf("owner");
    const owner = context.signedIn()?.user.id ?? "usr_";
    for (const role of ROLES.filter((each) => each !== "owner")) {
      expect(changeRole(server.db, actorOf(server, owner), { userId: owner, role }, NOW)).toMatchObject({
        error: { code: "last-owner" },
      });
    }
    expect(roleOf(server, owner)).toBe("owner");
  });

  test("of two owners who demote each other, one stays", () => {
    const server = newTestServer();
    const [one, other] = [addMember(server, { role: "owner" }), addMember(server, { role: "owner" })];
    // Both had been let in as owners before either change.
    const [actorOne, actorOther] = [actorOf(server, one), actorOf(server, other)];
    const answers = [
      changeRole(server.db, actorOne, { userId: other, role: "member" }, NOW),
      changeRole(server.db, actorOther, { userId: one, role: "member" }, NOW),
    ];
    expect(answers.map(({ ok }) => ok)).toEqual([true, false]);
    expect([roleOf(server, one), roleOf(server, other)]).toEqual(["owner", "member"]);
  });
});

test.each(["owner", "admin"] as const)("nobody is made or invited as %s without a recent proof", async (role) => {
  const server = newTestServer();
  const owner = server.as("owner");
  const { id: inviteId } = await owner.invite.create({ team, role });
  const userId = addMember(server);
  server.clock.now = new Date(NOW.getTime() + STEP_UP_MS);
  const refused = [
    owner.member.changeRole({ team, userId, role }),
    owner.invite.create({ team, role }),
    owner.invite.renew({ team, inviteId }),
  ];
  for (const answer of refused) await expect(answer).rejects.toMatchObject({ message: "step-up-needed" });
  await owner.member.changeRole({ team, userId, role: "operator" });
  await owner.invite.create({ team, role: "operator" });
});

describe("member.remove and member.leave", () => {
  test("who is removed is out with the next request, and their devices are not touched", async () => {
    const server = newTestServer();
    const context = server.contextOf("operator");
    const caller = server.as("owner");
    const operator = context.signedIn()?.user.id ?? "usr_";
    await caller.member.remove({ team, userId: operator });
    expect(roleOf(server, operator)).toBeUndefined();
    await expect(caller.member.remove({ team, userId: operator })).rejects.toMatchObject({
      message: "member-not-found",
    });
  });

  test("anybody leaves, but the last owner", async () => {
    const server = newTestServer();
    await server.as("member").member.leave({ team });
    const owner = server.as("owner");
    await expect(owner.member.leave({ team })).rejects.toMatchObject({ message: "last-owner" });
    addMember(server, { role: "owner" });
    await owner.member.leave({ team });
    await expect(owner.member.list({ team })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("member.transferOwnership", () => {
  test("makes the other owner and oneself admin, in one line of the activity log", async () => {
    const server = newTestServer();
    const context = server.contextOf("owner");
    const owner = context.signedIn()!.user.id;
    const heir = addMember(server, { name: "Heir", role: "auditor" });
    await createCaller(context).member.transferOwnership({ team, userId: heir });
    expect([roleOf(server, heir), roleOf(server, owner)]).toEqual(["owner", "admin"]);
    expect(server.db.select().from(auditEvent).all()).toEqual([
      expect.objectContaining({
        action: "team.transfer",
        objectName: "Heir",
        before: { role: "auditor", previousOwner: "owner" },
        after: { role: "owner", previousOwner: "admin" },
      }),
    ]);
  });

  test("is refused to oneself, for strangers, and without a recent proof", async () => {
    const server = newTestServer();
    const context = server.contextOf("owner");
    const caller = createCaller(context);
    const self = context.signedIn()!.user.id;
    const heir = addMember(server);
    const stranger = server.contextOf("stranger").signedIn()!.user.id;
    await expect(caller.member.transferOwnership({ team, userId: self })).rejects.toMatchObject({
      message: "transfer-to-self",
    });
    await expect(caller.member.transferOwnership({ team, userId: stranger })).rejects.toMatchObject({
      message: "member-not-found",
    });
    server.clock.now = new Date(NOW.getTime() + STEP_UP_MS);
    await expect(caller.member.transferOwnership({ team, userId: heir })).rejects.toMatchObject({
      message: "step-up-needed",
    });
    expect(roleOf(server, self)).toBe("owner");
  });
});

function addMember({ db, team: ours }: TestServer, fields: { name?: string; role?: (typeof ROLES)[number] } = {}) {
  const { role = "member", ...person } = fields;
  const { id } = insertUser(db, person);
  insertMembership(db, { teamId: ours.id, userId: id, role });
  return id;
}

function actorOf(server: TestServer, id: `usr_${string}`) {
  return {
    kind: "user",
    id,
    name: "x",
    address: null,
    teamId: server.team.id,
    role: "owner",
    capabilities: capabilitiesOf("owner"),
    isSteppedUp: true,
  } as const;
}

function roleOf({ db }: TestServer, userId: string) {
  return db
    .select({ role: membership.role })
    .from(membership)
    .where(eq(membership.userId, userId as `usr_${string}`))
    .get()?.role;
}
