import { auditEvent, enrollmentToken, type Role } from "@pinhole/drizzle/schema";
import { isNull } from "drizzle-orm";
import { beforeEach, describe, expect, test } from "vitest";
import { setPassword } from "../auth/set-password.ts";
import { createCaller } from "../routers/index.ts";
import { ACTOR, NOW, newTestServer, type TestServer } from "../testing.ts";

const team = "ours";

let server: TestServer;
let owner: ReturnType<typeof createCaller>;
beforeEach(() => {
  server = newTestServer();
  owner = server.as("owner");
});

describe("who is put out of the team", () => {
  test.each(["removed", "leaving"])("comes back by no link of their own: %s", async (how) => {
    const { caller, userId } = person("admin");
    const secret = await invited(caller, "admin");
    if (how === "removed") await owner.member.remove({ team, userId });
    else await caller.member.leave({ team });
    await expect(caller.invite.accept({ secret })).rejects.toMatchObject({ message: "invite-not-found" });
    expect(await owner.invite.list({ team })).toEqual([expect.objectContaining({ status: "revoked" })]);
    expect(actions()).toContain("invite.revoke");
  });

  test("brings no machine in by a token of their own", async () => {
    const { caller, userId } = person("member");
    await caller.token.create({ team });
    await owner.member.remove({ team, userId });
    expect((await owner.token.list({ team })).map(({ status }) => status)).toEqual(["revoked"]);
    expect(actions()).toContain("token.revoke");
  });

  test("leaves what others handed out, the link of an invite that they had begun among it", async () => {
    const { caller, userId } = person("admin");
    await owner.token.create({ team });
    await invited(caller, "operator");
    const [begun] = await owner.invite.list({ team });
    const { url } = await owner.invite.renew({ team, inviteId: begun!.id });
    await owner.member.remove({ team, userId });
    await server.as("stranger").invite.accept({ secret: secretOf(url) });
    expect((await owner.token.list({ team })).map(({ status }) => status)).toEqual(["usable"]);
  });

  test("and has made somebody else's link anew, knows that one no more", async () => {
    const { caller, userId } = person("admin");
    const { id } = await owner.invite.create({ team, role: "admin" });
    const { url } = await caller.invite.renew({ team, inviteId: id });
    await owner.member.remove({ team, userId });
    await expect(server.as("stranger").invite.accept({ secret: secretOf(url) })).rejects.toMatchObject({
      message: "invite-not-found",
    });
  });
});

describe("who has a lesser role", () => {
  test.each([
    ["operator", ["for one machine", "for the team"]],
    ["member", ["for one machine"]],
    ["auditor", []],
  ] as const)("keeps open, as %s, what they could hand out yet", async (role, kept) => {
    const { caller, userId } = person("admin");
    const secret = await invited(caller, "member");
    await caller.token.create({ team, name: "for one machine" });
    await caller.token.create({ team, name: "for the team", maxUses: 5 });
    await owner.member.changeRole({ team, userId, role });
    await expect(server.as("stranger").invite.accept({ secret })).rejects.toMatchObject({
      message: "invite-not-found",
    });
    const open = server.db.select().from(enrollmentToken).where(isNull(enrollmentToken.revokedAt)).all();
    expect(open.map(({ name }) => name).toSorted()).toEqual(kept);
  });

  test("by handing the team over, has invited no more owners", async () => {
    const { caller } = person("owner");
    const [asOwner, asOperator] = [await invited(caller, "owner"), await invited(caller, "operator")];
    await caller.member.transferOwnership({ team, userId: person("member").userId });
    await expect(server.as("stranger").invite.accept({ secret: asOwner })).rejects.toMatchObject({
      message: "invite-not-found",
    });
    await server.as("stranger").invite.accept({ secret: asOperator });
  });
});

test("a new password ends what whoever knew the old one may have handed out", async () => {
  const { caller, userId } = person("admin");
  const secret = await invited(caller, "admin");
  await caller.token.create({ team });
  await owner.token.create({ team });
  setPassword(server.db, { ...ACTOR, kind: "command-line" }, { userId, passwordHash: "none" }, NOW);
  await expect(server.as("stranger").invite.accept({ secret })).rejects.toMatchObject({ message: "invite-not-found" });
  expect((await owner.token.list({ team })).map(({ status }) => status).toSorted()).toEqual(["revoked", "usable"]);
});

function person(role: Role) {
  const context = server.contextOf(role);
  return { caller: createCaller(context), userId: context.signedIn()!.user.id };
}

async function invited(caller: ReturnType<typeof createCaller>, role: Role) {
  return secretOf((await caller.invite.create({ team, role })).url);
}

const secretOf = (url: string) => url.slice("http://pinhole.test/invite/".length);

const actions = () =>
  server.db
    .select()
    .from(auditEvent)
    .all()
    .map(({ action }) => action);
