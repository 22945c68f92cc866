/** Invites whose link goes by mail, through a real mail server. */
import { auditEvent, invite, team as teamTable, user } from "@pinhole/drizzle/schema";
import { eq, ne } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { newMailer } from "../mail/mailer.ts";
import { MailServer, startHangingServer } from "../mail/testing.ts";
import { newTestServer, type TestServer } from "../testing.ts";

const team = "ours";
const email = "otto@example.net";

beforeEach(() => void vi.spyOn(console, "warn").mockImplementation(() => undefined));
afterEach(() => vi.restoreAllMocks());

describe("an invite for an address", () => {
  test("is sent there, and the mail's link is the one that is shown", async () => {
    await using mails = await MailServer.start();
    const server = newTestServer({}, newMailer(mails.settings));
    const owner = server.as("owner");
    const { url, isMailed } = await owner.invite.create({ team, role: "member", email });
    expect(isMailed).toBe(true);
    const { to, source } = await mails.mail();
    expect(to).toEqual([email]);
    expect(decoded(source)).toContain(url);
    await settled(server);
    expect(await owner.invite.list({ team })).toMatchObject([{ email, mail: "sent" }]);
    expect(actions(server)).toEqual(["invite.create", "invite.mail"]);
    expect(JSON.stringify(server.db.select().from(auditEvent).all())).not.toContain(url.split("/").at(-1));
  });

  test("that is sent again has another link, and the first leads nowhere", async () => {
    await using mails = await MailServer.start();
    const server = newTestServer({}, newMailer(mails.settings));
    const owner = server.as("owner");
    const first = await owner.invite.create({ team, role: "member", email });
    await mails.mail(0);
    const second = await owner.invite.renew({ team, inviteId: first.id });
    expect(decoded((await mails.mail(1)).source)).toContain(second.url);
    await expect(server.as("nobody").invite.view({ secret: secretOf(first.url) })).rejects.toThrow("invite-not-found");
    expect(await server.as("nobody").invite.view({ secret: secretOf(second.url) })).toMatchObject({ email });
  });

  test("stands when the mail server does not take it, which is told", async () => {
    await using mails = await MailServer.start({ onRcptTo: (_, __, done) => done(new Error("no such box")) });
    const server = newTestServer({}, newMailer(mails.settings));
    const { url } = await server.as("owner").invite.create({ team, role: "member", email });
    await settled(server);
    expect(await server.as("owner").invite.list({ team })).toMatchObject([
      { status: "pending", mail: "address-refused" },
    ]);
    expect(await server.as("nobody").invite.view({ secret: secretOf(url) })).toMatchObject({ email });
  });

  test("is made at once, however long the mail server takes", async () => {
    await using mails = await startHangingServer();
    const server = newTestServer({}, newMailer(mails.settings, { timeoutMs: 2_000 }));
    await server.as("owner").invite.create({ team, role: "member", email });
    expect(await server.as("owner").invite.list({ team })).toMatchObject([{ mail: "sending" }]);
    // As after a restart in the middle of it.
    server.clock.now = new Date(server.clock.now.getTime() + 3_600_000);
    expect(await server.as("owner").invite.list({ team })).toMatchObject([{ mail: "interrupted" }]);
    await settled(server);
    expect(await server.as("owner").invite.list({ team })).toMatchObject([{ mail: "timeout" }]);
  });

  test("that names try to forge a mail with sends one mail to one address, with nothing of theirs in its head", async () => {
    await using mails = await MailServer.start();
    const server = newTestServer({}, newMailer(mails.settings));
    const owner = server.as("owner");
    const name = 'Eve"\r\nBcc: eve@example.net\r\nX-Evil: 1\r\n\r\n<img src=x onerror=alert(1)>';
    server.db.update(teamTable).set({ name }).where(eq(teamTable.id, server.team.id)).run();
    server.db.update(user).set({ name }).where(ne(user.name, "")).run();
    await owner.invite.create({ team, role: "member", email });
    const { to, source } = await mails.mail();
    expect(to).toEqual([email]);
    const [head = ""] = source.split("\r\n\r\n");
    expect(head).not.toMatch(/^(?:Bcc|X-Evil):/im);
    const html = decoded(source.slice(source.indexOf("text/html")));
    expect(html).not.toContain("<img");
    expect(html).toContain("&lt;img src=x onerror=alert(1)&gt;");
  });

  test("is sent to one address four times, and then not for a while, whichever team asks", async () => {
    await using mails = await MailServer.start();
    const server = newTestServer({}, newMailer(mails.settings));
    for (let n = 0; n < 4; n++) await server.as("owner").invite.create({ team, role: "member", email });
    const { id } = await server.as("stranger").invite.create({ team: "theirs", role: "member", email });
    await settled(server);
    expect(mails.mails).toHaveLength(4);
    expect(server.db.select().from(invite).where(eq(invite.id, id)).get()?.mail).toBe("too-many");
  });
});

test("an invite for whoever holds the link is not sent", async () => {
  await using mails = await MailServer.start();
  const server = newTestServer({}, newMailer(mails.settings));
  expect(await server.as("owner").invite.create({ team, role: "member" })).toMatchObject({ isMailed: false });
  expect(await server.as("owner").invite.list({ team })).toMatchObject([{ mail: null }]);
});

test("without a mail server links are shown, and nothing else", async () => {
  const server = newTestServer();
  expect(await server.as("owner").invite.create({ team, role: "member", email })).toMatchObject({ isMailed: false });
  expect(await server.as("owner").invite.list({ team })).toMatchObject([{ mail: null }]);
});

/** Nothing is being sent any more. */
async function settled({ db }: TestServer): Promise<void> {
  await vi.waitFor(() => expect(db.select().from(invite).where(eq(invite.mail, "sending")).all()).toEqual([]), 5_000);
}

const secretOf = (url: string) => url.split("/").at(-1) ?? "";

const actions = ({ db }: TestServer) =>
  db
    .select({ action: auditEvent.action })
    .from(auditEvent)
    .all()
    .map(({ action }) => action);

/** Quoted-printable undone: both parts are in it. */
function decoded(source: string): string {
  const bytes = source
    .replace(/=\r\n/g, "")
    .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString();
}
