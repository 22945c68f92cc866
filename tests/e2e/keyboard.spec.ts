/** What people do most, without touching a mouse. */
import { insertDevice } from "@pinhole/drizzle/testing";
import { OWNER } from "../natlab/server.ts";
import { press, tabTo } from "./fixtures/keyboard.ts";
import { findTeam, TEAM_PATH } from "./fixtures/team.ts";
import { expect, test } from "./fixtures/test.ts";

test.describe("without a session", () => {
  test.use({ isSignedIn: false });

  test("signing in takes Tab, typing and Enter", async ({ page }) => {
    await page.goto("/login");
    await tabTo(page, page.getByLabel("E-mail"));
    await page.keyboard.type(OWNER.email);
    await page.keyboard.press("Tab");
    await expect(page.getByLabel("Password")).toBeFocused();
    await page.keyboard.type(OWNER.password);
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(`${TEAM_PATH}/devices`);
  });
});

test("the first stop leads past the navigation", async ({ page }) => {
  await page.goto(`${TEAM_PATH}/settings`);
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
});

test("adding a device up to the copied command", async ({ page }) => {
  await page.goto(`${TEAM_PATH}/devices`);
  await tabTo(page, page.getByRole("main").getByRole("link", { name: /^Add/ }).first());
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Add a device" })).toBeVisible();

  await tabTo(page, page.getByText("Options"));
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByLabel("Tags"));
  await page.keyboard.type("tag:kitchen");
  await tabTo(page, page.getByRole("button", { name: "Create token" }));
  await page.keyboard.press("Enter");

  await tabTo(page, page.getByRole("button", { name: "Copy command" }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Copied" })).toBeFocused();
});

test("revoking a device and taking it back", async ({ page, db }) => {
  insertDevice(db, { teamId: findTeam(db).id, name: "by-keyboard" });
  await page.goto(`${TEAM_PATH}/devices`);
  const row = page.getByRole("row", { name: /by-keyboard/ });
  await tabTo(page, row.getByRole("button", { name: "Actions for by-keyboard" }));
  await page.keyboard.press("Enter");
  await press(page, "ArrowDown", page.getByRole("menuitem", { name: "Revoke" }));
  await page.keyboard.press("Enter");
  await expect(row).toHaveCount(0);

  // The way to a region of notifications, wherever the focus is.
  await page.keyboard.press("F6");
  await tabTo(page, page.getByRole("button", { name: "Undo" }));
  await page.keyboard.press("Enter");
  await expect(row).toBeVisible();
});
