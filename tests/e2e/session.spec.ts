/** Who gets in, where they land, and that nobody stays in. */
import { insertDevice, insertTeam } from "@pinhole/drizzle/testing";
import { OWNER } from "../natlab/server.ts";
import { fillIn, signIn } from "./fixtures/sign-in.ts";
import { TEAM_PATH } from "./fixtures/team.ts";
import { expect, test } from "./fixtures/test.ts";

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
/** A new context would be signed in as the page is. */
const NOBODY = { cookies: [], origins: [] };

test("a session that is signed out from elsewhere ends with its next request", async ({
  page,
  browser,
  server,
  watch,
}) => {
  await using other = await browser.newContext({ baseURL: server.url, userAgent: FIREFOX, storageState: NOBODY });
  watch.follow(other);
  const elsewhere = await other.newPage();
  await signIn(elsewhere, OWNER);

  // Its open page finds out as well, by whatever it asks next.
  watch.expectRefusal(/\/api\/trpc/);
  await page.goto(`${TEAM_PATH}/settings`);
  await page
    .getByRole("row", { name: /Firefox/ })
    .getByRole("button", { name: /^Sign out/ })
    .click();
  await expect(page.getByRole("row", { name: /Firefox/ })).toHaveCount(0);

  await elsewhere.goto(`${TEAM_PATH}/activity`);
  await expect(elsewhere).toHaveURL(`/login?next=${encodeURIComponent(`${TEAM_PATH}/activity`)}`);
  expect(await elsewhere.evaluate(async () => (await fetch("/api/trpc/session.me")).status)).toBe(401);
  // The one that did it stays.
  await page.reload();
  await expect(page.getByRole("heading", { name: "Settings" })).toBeVisible();
});

test("another team's pages are not there, as if they had never been", async ({ page, db, watch }) => {
  const rivals = insertTeam(db, { slug: "rivals", name: "Rivals" });
  const theirs = insertDevice(db, { teamId: rivals.id, name: "their-server" });
  watch.expectRefusal(/rivals|nobody|their|dev_/);
  for (const path of ["/t/rivals/devices", "/t/nobody/devices", `${TEAM_PATH}/devices/${theirs.id}`]) {
    const response = await page.goto(path);
    await expect(page.getByRole("heading", { name: "There is nothing here" })).toBeVisible();
    await expect(page.getByText(/rivals|their-server/i)).toHaveCount(0);
    expect(response?.status()).toBe(404);
  }
});

test.describe("without a session", () => {
  test.use({ isSignedIn: false });

  test("signing in leads to the page that was asked for", async ({ page }) => {
    await page.goto(`${TEAM_PATH}/connections?q=nas`);
    await expect(page).toHaveURL(`/login?next=${encodeURIComponent(`${TEAM_PATH}/connections?q=nas`)}`);
    await fillIn(page, OWNER);
    await expect(page).toHaveURL(`${TEAM_PATH}/connections?q=nas`);
  });

  // Otherwise a link to our sign-in could end on a page that asks for the password again.
  test("and never to another site", async ({ page, server }) => {
    await page.goto(`/login?next=${encodeURIComponent("//elsewhere.example/login")}`);
    await fillIn(page, OWNER);
    await expect(page).toHaveURL(`${server.url}${TEAM_PATH}/devices`);
  });
});
