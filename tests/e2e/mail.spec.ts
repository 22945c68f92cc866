/** What goes by mail, through a real mail server beside the dashboard: an invite, and a link to sign in with. */
import { fileURLToPath } from "node:url";
import { auditEvent, signInLink } from "@pinhole/drizzle/schema";
import type { Received } from "../../apps/dashboard/src/server/mail/testing.ts";
import type { LabProcess } from "../natlab/lab-process.ts";
import { OWNER } from "../natlab/server.ts";
import { expectAccessible } from "./fixtures/axe.ts";
import { TEAM_PATH } from "./fixtures/team.ts";
import { expect, test } from "./fixtures/test.ts";

const PORT = 2525;
const MAIL_SERVER = fileURLToPath(new URL("fixtures/mail-server.ts", import.meta.url));

test.use({
  serverEnv: {
    PINHOLE_SMTP_URL: `smtp://127.0.0.1:${PORT}`,
    PINHOLE_MAIL_FROM: "Pinhole <pinhole@example.net>",
  },
});

test("an invite is sent, and who is not reached is named with the reason", async ({ page, lab }) => {
  await page.goto(`${TEAM_PATH}/members`);
  await test.step("without anybody at the mail server's port, the link is there to copy", async () => {
    await page.getByRole("button", { name: "Invite" }).press("Enter");
    await page.getByLabel("E-mail").fill("otto@example.net");
    await page.getByRole("button", { name: "Create invite" }).press("Enter");
    const dialog = page.getByRole("dialog", { name: "A link for otto@example.net" });
    await expect(dialog.getByText("The mail to otto@example.net was not sent.")).toBeVisible();
    await expect(dialog.getByText(/cannot be reached/)).toBeVisible();
    await expect(dialog.getByText(/\/invite\//)).toBeVisible();
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Close" }).last().press("Enter");
  });

  const mails = await startMailServer(lab);
  await test.step("sent again, it arrives", async () => {
    await page.getByRole("tab", { name: /^Invites/ }).click();
    await expect(page.getByText(/Not sent: The mail server cannot be reached/)).toBeVisible();
    await page.getByRole("button", { name: "Send again for otto@example.net" }).press("Enter");
    await expect(page.getByRole("dialog").getByText("Sent to otto@example.net.")).toBeVisible();
    await expectAccessible(page);
    const [mail] = mailsOf(mails);
    expect(mail?.to).toEqual(["otto@example.net"]);
    const link =
      (await page
        .getByRole("dialog")
        .getByText(/\/invite\//)
        .textContent()) ?? "";
    expect(plain(mail)).toContain(link);
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().press("Enter");
    await expect(page.getByRole("row", { name: /otto@example.net.*Mail sent/ })).toBeVisible();
  });
  await mails.stop();
});

test.describe("who is signed out", () => {
  test.use({ isSignedIn: false });

  test("signs in by a link from a mail, once, and looking at it uses nothing up", async ({ page, lab, db, watch }) => {
    watch.expectRefusal(/callback\/link/);
    const mails = await startMailServer(lab);
    await page.goto("/login");
    await page.getByRole("button", { name: "E-mail me a link" }).press("Enter");
    await expect(page.getByLabel("E-mail for the link")).toBeFocused();
    await expectAccessible(page);
    await page.keyboard.type(OWNER.email);
    await page.keyboard.press("Enter");
    await expect(page.getByText(`If ${OWNER.email} signs in here, a link is on its way.`)).toBeVisible();
    await expectAccessible(page);
    await expect.poll(() => mailsOf(mails).length).toBe(1);
    const link = /http:\/\/\S+\/login\/link\/[\w-]{43}/.exec(plain(mailsOf(mails)[0]))?.[0] ?? "";

    await test.step("a scanner looks at it first", async () => {
      await page.goto(link);
      await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
      await expectAccessible(page);
      expect(db.select().from(signInLink).all()).toMatchObject([{ usedAt: null }]);
    });
    await page.getByRole("button", { name: "Sign in" }).press("Enter");
    await expect(page).toHaveURL(`${TEAM_PATH}/devices`);
    expect(db.select().from(auditEvent).all()).toContainEqual(
      expect.objectContaining({ action: "session.open", after: { by: "mail-link" } }),
    );

    await page.goto(link);
    await page.getByRole("button", { name: "Sign in" }).press("Enter");
    await expect(page.getByText("This link leads nowhere.")).toBeVisible();
    await expectAccessible(page);
    await mails.stop();
  });
});

async function startMailServer(lab: { spawn(host: "server", argv: [string, ...string[]]): LabProcess }) {
  const mails = lab.spawn("server", [process.execPath, MAIL_SERVER, String(PORT)]);
  await expect.poll(() => mails.stdout).toContain("listening");
  return mails;
}

const mailsOf = ({ stdout }: LabProcess): Received[] =>
  stdout.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Received);

const plain = (mail: Received | undefined) => (mail?.source ?? "").replace(/=\r\n/g, "");
