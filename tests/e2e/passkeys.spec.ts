/** Passkeys from being added to being removed, with Chromium's own authenticator in software, by keyboard. */
import { secondFactor, session } from "@pinhole/drizzle/schema";
import { insertMembership, insertUser } from "@pinhole/drizzle/testing";
import type { Page } from "@playwright/test";
import { hashPassword } from "../../apps/dashboard/src/server/auth/password.ts";
import { expectAccessible } from "./fixtures/axe.ts";
import { fillIn } from "./fixtures/sign-in.ts";
import { findTeam, TEAM_PATH } from "./fixtures/team.ts";
import { expect, test } from "./fixtures/test.ts";

const PERSON = { email: "tess@example.net", password: "correct horse battery" };
/** Of plain http, the one that browsers have passkeys for. */
const URL_WITH_PASSKEYS = "http://localhost:3000";

test.use({ isSignedIn: false, networks: { bystander: "public" }, serverEnv: { PINHOLE_URL: URL_WITH_PASSKEYS } });

test.describe("where browsers have passkeys", () => {
  test.use({ baseURL: URL_WITH_PASSKEYS });

  test("one is added, renamed, signed in with, shown again for what cannot be undone, and removed", async ({
    page,
    db,
    watch,
  }) => {
    test.setTimeout(180_000);
    watch.expectRefusal(/passkey\.remove|callback\/passkey/);
    await plugInAuthenticator(page);
    const passwordHash = await hashPassword(PERSON.password);
    const { id: userId } = insertUser(db, { ...PERSON, name: "Tess", passwordHash });
    insertMembership(db, { teamId: findTeam(db).id, userId, role: "member" });
    await page.goto("/login");
    await fillIn(page, PERSON);
    await expect(page).toHaveURL(`${TEAM_PATH}/devices`);
    await page.goto(`${TEAM_PATH}/settings`);
    const card = page.getByRole("region", { name: "Passkeys" });

    await test.step("it is added under a name", async () => {
      await card.getByRole("button", { name: "Add passkey" }).press("Enter");
      const dialog = page.getByRole("dialog", { name: "Add passkey" });
      await expect(dialog.getByLabel("Name")).toHaveValue("Chrome on Linux");
      await expectAccessible(page);
      await dialog.getByLabel("Name").fill("Laptop");
      await page.keyboard.press("Enter");
      await expect(card.getByRole("row", { name: /^Laptop Never/ })).toBeVisible();
      await expectAccessible(page);
    });

    await test.step("the same authenticator is not added twice", async () => {
      await card.getByRole("button", { name: "Add passkey" }).press("Enter");
      await page.getByRole("dialog").getByLabel("Name").press("Enter");
      await expect(page.getByText("There is a passkey of yours here already.")).toBeVisible();
      await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).press("Enter");
    });

    await test.step("it is renamed", async () => {
      await card.getByRole("button", { name: "Rename Laptop" }).press("Enter");
      await page.getByRole("dialog", { name: "Rename Laptop" }).getByLabel("Name").fill("Work laptop");
      await page.keyboard.press("Enter");
      await expect(card.getByRole("row", { name: /^Work laptop Never/ })).toBeVisible();
    });

    await test.step("it signs in, also where there is a second factor, without a code", async () => {
      db.insert(secondFactor).values({ userId, sealedSecret: "none", confirmedAt: new Date() }).run();
      await signOut(page);
      await expectAccessible(page);
      await page.getByRole("button", { name: "Use a passkey" }).press("Enter");
      await expect(page).toHaveURL(`${TEAM_PATH}/devices`);
      await page.goto(`${TEAM_PATH}/settings`);
      await expect(card.getByRole("row", { name: /^Work laptop .*Remove/ })).not.toContainText("Never");
    });

    await test.step("removing it asks who one is, for which it is enough, and goes on by itself", async () => {
      db.update(session)
        .set({ verifiedAt: new Date(0) })
        .run();
      await card.getByRole("button", { name: "Remove Work laptop" }).press("Enter");
      await page.getByRole("dialog").getByRole("button", { name: "Remove passkey" }).press("Enter");
      const stepUp = page.getByRole("dialog", { name: "Is it still you?" });
      await expect(stepUp.getByRole("button", { name: "Use a passkey" })).toBeVisible();
      await expectAccessible(page);
      await stepUp.getByRole("button", { name: "Use a passkey" }).press("Enter");
      await expect(card.getByText("None. A passkey is kept by")).toBeVisible();
    });

    await test.step("removed, it signs in no more", async () => {
      await signOut(page);
      await page.getByRole("button", { name: "Use a passkey" }).press("Enter");
      await expect(page.getByText("That passkey does not sign in here.")).toBeVisible();
      await expectAccessible(page);
    });
  });
});

test("where browsers have none, the sign-in page and the settings say so", async ({ page, db }) => {
  const words = "Passkeys work where this dashboard is opened by a name and https.";
  const person = { ...PERSON, email: "ted@example.net" };
  const passwordHash = await hashPassword(person.password);
  const { id: userId } = insertUser(db, { ...person, name: "Ted", passwordHash });
  insertMembership(db, { teamId: findTeam(db).id, userId, role: "member" });
  await page.goto("/login");
  await expect(page.getByText(words)).toBeVisible();
  await expect(page.getByRole("button", { name: "Use a passkey" })).toHaveCount(0);
  await expectAccessible(page);
  await fillIn(page, person);
  await expect(page).toHaveURL(`${TEAM_PATH}/devices`);
  await page.goto(`${TEAM_PATH}/settings`);
  await expect(page.getByRole("region", { name: "Passkeys" }).getByText(words)).toBeVisible();
  await expect(page.getByRole("button", { name: "Add passkey" })).toHaveCount(0);
});

/** As in a laptop: it keeps passkeys, sees who holds it, and is always willing. */
async function plugInAuthenticator(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Sign out here" }).press("Enter");
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
}
