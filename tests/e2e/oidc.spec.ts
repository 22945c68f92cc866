/** Signing in through a provider, which is a real one beside the dashboard. */
import { fileURLToPath } from "node:url";
import { auditEvent, session, user } from "@pinhole/drizzle/schema";
import { insertPasskey } from "@pinhole/drizzle/testing";
import type { Page } from "@playwright/test";
import type { LabProcess } from "../natlab/lab-process.ts";
import { expectAccessible } from "./fixtures/axe.ts";
import { TEAM_PATH } from "./fixtures/team.ts";
import { expect, test } from "./fixtures/test.ts";

const PORT = 9090;
const ISSUER = `http://127.0.0.1:${PORT}`;
/** The dashboard too: the browser is on its machine. */
const ALSO_HERE = "http://localhost:3000";
const PROVIDER = fileURLToPath(new URL("fixtures/oidc-server.ts", import.meta.url));

test.use({
  serverEnv: {
    PINHOLE_OIDC_ISSUER: ISSUER,
    PINHOLE_OIDC_CLIENT_ID: "pinhole",
    PINHOLE_OIDC_CLIENT_SECRET: "only for tests",
    PINHOLE_OIDC_NAME: "Harbour",
  },
});

test("an account is connected under Settings, and signs in through the provider from then on", async ({
  page,
  lab,
  server,
  db,
  watch,
}) => {
  test.setTimeout(300_000);
  watch.expectVisit(ISSUER);
  watch.expectRefusal(/identity\.disconnect/);
  watch.expectVisit(ALSO_HERE);
  // Its page would like a font.
  watch.expectVisit("https://fonts.googleapis.com");
  await test.step("a provider that is down is said to be, and the page still works", async () => {
    await page.goto(`${TEAM_PATH}/settings`);
    await page.getByRole("button", { name: "Connect Harbour" }).press("Enter");
    await expect(page.getByText("The sign-in provider does not answer.")).toBeVisible();
    await expectAccessible(page);
  });

  const provider = await startProvider(lab, server.url);
  await page.getByRole("button", { name: "Connect Harbour" }).press("Enter");
  await signInThere(page, "ana");
  await expect(page).toHaveURL(`${TEAM_PATH}/settings`);
  await expect(page.getByRole("list", { name: "Connected sign-ins" })).toContainText("ana@elsewhere.example");
  await expectAccessible(page);

  await test.step("it signs in, without the password, also when asked under another of the dashboard's addresses", async () => {
    await page.context().clearCookies({ name: "pinhole.session" });
    await page.goto(`${ALSO_HERE}/login?next=${TEAM_PATH}/activity`);
    await expectAccessible(page);
    await page.getByRole("button", { name: "Harbour" }).press("Enter");
    await expect(page).toHaveURL(/\/login\/link\//);
    await expectAccessible(page);
    await useLink(page, server.url);
    await expect(page).toHaveURL(`${TEAM_PATH}/activity`);
    expect(db.select().from(auditEvent).all()).toContainEqual(
      expect.objectContaining({ action: "session.open", after: { by: "provider" } }),
    );
  });

  await test.step("what asks who one is sends people without a password there, who show it anew", async () => {
    const account = db.update(user).set({ passwordHash: "none" }).returning().get();
    insertPasskey(db, { userId: account?.id ?? "usr_none" });
    db.update(session)
      .set({ verifiedAt: new Date(0) })
      .run();
    await page.goto(`${TEAM_PATH}/settings`);
    await page.getByRole("button", { name: "Disconnect ana@elsewhere.example" }).press("Enter");
    const stepUp = page.getByRole("dialog", { name: "Is it still you?" });
    await expect(stepUp.getByText("Your account has no password")).toBeVisible();
    await expect(stepUp.getByLabel("Password")).toHaveCount(0);
    await expectAccessible(page);
    await stepUp.getByRole("button", { name: "Harbour" }).press("Enter");
    await signInThere(page, "ana");
    await useLink(page, server.url);
    await expect(page).toHaveURL(`${TEAM_PATH}/settings`);
  });

  await test.step("disconnected, it signs in no more", async () => {
    await page.getByRole("button", { name: "Disconnect ana@elsewhere.example" }).press("Enter");
    await expect(page.getByText("The sign-in is disconnected")).toBeVisible();
    await page.context().clearCookies({ name: "pinhole.session" });
    await page.goto("/login");
    await page.getByRole("button", { name: "Harbour" }).press("Enter");
    await expect(page.getByText("You have no account here.")).toBeVisible();
    await expectAccessible(page);
    expect(db.select().from(user).all()).toHaveLength(1);
  });
  await provider.stop();
});

/** What the provider sends people back to. */
async function useLink(page: Page, origin: string): Promise<void> {
  await expect(page).toHaveURL(new RegExp(`^${origin}/login/link/`));
  await page.getByRole("button", { name: "Sign in" }).press("Enter");
}

async function signInThere(page: Page, who: string): Promise<void> {
  await page.getByPlaceholder("Enter any login").fill(who);
  await page.getByPlaceholder("and password").fill("anything");
  await page.getByRole("button", { name: "Sign-in" }).click();
}

async function startProvider(
  lab: { spawn(host: "server", argv: [string, ...string[]]): LabProcess },
  url: string,
): Promise<LabProcess> {
  const provider = lab.spawn("server", [process.execPath, PROVIDER, String(PORT), url]);
  await expect.poll(() => provider.stdout).toContain("listening");
  return provider;
}
