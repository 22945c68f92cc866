/** The second factor, from being set up to being turned off, without touching a mouse. */
import { session } from "@pinhole/drizzle/schema";
import { insertMembership, insertUser } from "@pinhole/drizzle/testing";
import type { Page } from "@playwright/test";
import { hashPassword } from "../../apps/dashboard/src/server/auth/password.ts";
import { fromBase32 } from "../../apps/dashboard/src/server/second-factor/base32.ts";
import { stepAt, totpAt } from "../../apps/dashboard/src/server/second-factor/totp.ts";
import { expectAccessible } from "./fixtures/axe.ts";
import { fillIn } from "./fixtures/sign-in.ts";
import { findTeam, TEAM_PATH } from "./fixtures/team.ts";
import { expect, test } from "./fixtures/test.ts";

const PERSON = { email: "tess@example.net", password: "correct horse battery" };

test.use({ isSignedIn: false });

test("a second factor is set up, asked for, recovered from and turned off, by keyboard", async ({
  page,
  db,
  watch,
}) => {
  test.setTimeout(180_000);
  watch.expectRefusal(/secondFactor|session\.verify|callback\/credentials/);
  const passwordHash = await hashPassword(PERSON.password);
  const { id: userId } = insertUser(db, { ...PERSON, name: "Tess", passwordHash });
  insertMembership(db, { teamId: findTeam(db).id, userId, role: "member" });
  await page.goto("/login");
  await fillIn(page, PERSON);
  await expect(page).toHaveURL(`${TEAM_PATH}/devices`);
  await page.goto(`${TEAM_PATH}/settings`);

  const [used, codes] = await test.step("the app is set up with a code of it", async () => {
    await page.getByRole("button", { name: "Turn on" }).press("Enter");
    const dialog = page.getByRole("dialog", { name: "Set up an app for codes" });
    await expect(dialog.getByRole("img", { name: "QR code" })).toBeVisible();
    await expectAccessible(page);
    const shown = ((await dialog.getByText(/^(?:[A-Z2-7]{4} ?){8}$/).textContent()) ?? "").replaceAll(" ", "");
    await expect(dialog.getByLabel("Code", { exact: true })).toBeFocused();
    await page.keyboard.type("000000");
    await page.keyboard.press("Enter");
    await expect(dialog.getByText("That is no code of this secret.")).toBeVisible();
    const code = codeOf(shown);
    await dialog.getByLabel("Code", { exact: true }).fill(code);
    await page.keyboard.press("Enter");
    const kept = page.getByRole("dialog", { name: "Keep these recovery codes" });
    await expect(kept.getByRole("listitem")).toHaveCount(10);
    await expectAccessible(page);
    const listed = await kept.getByRole("listitem").allTextContents();
    await kept.getByRole("button", { name: "I have kept them" }).press("Enter");
    await expect(page.getByText("10 of 10 recovery codes are left.")).toBeVisible();
    return [code, listed] as const;
  });

  await test.step("signing in asks for a code, and a used one is none", async () => {
    await signOut(page);
    await fillIn(page, PERSON);
    await expect(page.getByLabel("Code", { exact: true })).toBeFocused();
    await expectAccessible(page);
    await page.keyboard.type(used);
    await page.keyboard.press("Enter");
    await expect(page.getByText("That code is wrong, or was used.")).toBeVisible();
    await expect(page.getByLabel("Code", { exact: true })).toBeFocused();
  });

  await test.step("a recovery code gets in", async () => {
    await page.getByRole("button", { name: "Use a recovery code" }).press("Enter");
    await expect(page.getByLabel("Recovery code")).toBeFocused();
    await page.keyboard.type(codes[0] ?? "");
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(`${TEAM_PATH}/devices`);
    await page.goto(`${TEAM_PATH}/settings`);
    await expect(page.getByText("9 of 10 recovery codes are left.")).toBeVisible();
  });

  await test.step("turning it off asks for password and code, and goes on by itself", async () => {
    db.update(session)
      .set({ verifiedAt: new Date(0) })
      .run();
    await page.getByRole("button", { name: "Turn off" }).press("Enter");
    await page.getByRole("dialog").getByRole("button", { name: "Turn off" }).press("Enter");
    const stepUp = page.getByRole("dialog", { name: "Is it still you?" });
    await expect(stepUp.getByLabel("Password")).toBeFocused();
    await page.keyboard.type(PERSON.password);
    await stepUp.getByRole("button", { name: "Use a recovery code" }).press("Enter");
    await page.keyboard.type(codes[1] ?? "");
    await expectAccessible(page);
    await page.keyboard.press("Enter");
    await expect(page.getByText("Off: the password alone signs in.")).toBeVisible();
    await signOut(page);
    await fillIn(page, PERSON);
    await expect(page).toHaveURL(`${TEAM_PATH}/devices`);
  });
});

async function signOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Sign out here" }).press("Enter");
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
}

/** What the app shows at this moment. */
function codeOf(secret: string): string {
  return totpAt(fromBase32(secret), stepAt(new Date()));
}
