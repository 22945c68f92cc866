/** One person, two teams of one server, by keyboard alone: what is in one is not in the other. */
import { membership } from "@pinhole/drizzle/schema";
import { insertDevice, insertTeam } from "@pinhole/drizzle/testing";
import type { Page } from "@playwright/test";
import { expectAccessible } from "./fixtures/axe.ts";
import { enter, press, tabTo, typeInto } from "./fixtures/keyboard.ts";
import { findTeam, TEAM_PATH } from "./fixtures/team.ts";
import { expect, test } from "./fixtures/test.ts";

// A server of its own: teams stay.
test.use({ networks: { kiosk: "public" } });

test("an owner creates a second team, and goes from one to the other", async ({ page, db }) => {
  insertDevice(db, { teamId: findTeam(db).id, name: "harbour-nas" });
  await page.goto(`${TEAM_PATH}/devices`);
  await expect(page.getByRole("link", { name: "harbour-nas", exact: true })).toBeVisible();

  await chooseInSwitcher(page, "Harbour crew", page.getByRole("menuitem", { name: "Create a team" }));
  const dialog = page.getByRole("dialog", { name: "Create a team" });
  await typeInto(page, dialog.getByLabel("Name"), "Workshop");
  await expectAccessible(page);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL("/t/workshop/devices");
  await expect(page.getByText("No devices yet")).toBeVisible();
  await expect(page.getByText("harbour-nas")).toHaveCount(0);

  await chooseInSwitcher(page, "Workshop", page.getByRole("menuitemradio", { name: "Harbour crew" }));
  await expect(page).toHaveURL(`${TEAM_PATH}/devices`);
  await expect(page.getByRole("link", { name: "harbour-nas", exact: true })).toBeVisible();
});

test("who owns no team of theirs is not offered one", async ({ page, db }) => {
  const { userId } = db.select().from(membership).get()!;
  const guests = insertTeam(db, { slug: "guests", name: "Guests" });
  db.insert(membership).values({ teamId: guests.id, userId, role: "admin", createdAt: new Date() }).run();
  await page.goto("/t/guests/devices");
  await enter(page, page.getByRole("button", { name: "Team: Guests" }));
  await expect(page.getByRole("menuitemradio", { name: "Guests" })).toBeVisible();
  await expect(page.getByRole("menuitem", { name: "Create a team" })).toHaveCount(0);
});

async function chooseInSwitcher(page: Page, from: string, target: ReturnType<Page["getByRole"]>): Promise<void> {
  await tabTo(page, page.getByRole("button", { name: `Team: ${from}` }));
  await page.keyboard.press("Enter");
  await press(page, "ArrowDown", target);
  await page.keyboard.press("Enter");
}
