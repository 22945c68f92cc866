/** People come and go, by keyboard alone: an invite from one browser is accepted in another, and a role decides what its holder sees. */
import { membership, session, user } from "@pinhole/drizzle/schema";
import { insertMembership, insertUser } from "@pinhole/drizzle/testing";
import type { Browser, Page } from "@playwright/test";
import { eq } from "drizzle-orm";
import { OWNER } from "../natlab/server.ts";
import { expectAccessible } from "./fixtures/axe.ts";
import { choose, enter, tabTo, turnTo, typeInto } from "./fixtures/keyboard.ts";
import { findTeam, TEAM_PATH } from "./fixtures/team.ts";
import { expect, test } from "./fixtures/test.ts";

const PASSWORD = "correct horse battery staple";

test("an invite is accepted in another browser, and the role decides what is there", async ({
  page,
  browser,
  db,
  watch,
}) => {
  test.setTimeout(120_000);
  watch.expectRefusal(/invite/);
  await page.goto(`${TEAM_PATH}/members`);
  const members = page.getByRole("tab", { name: /^Members \(\d+\)/ });
  const link = await test.step("the owner makes a link for one address", async () => {
    await enter(page, page.getByRole("button", { name: "Invite" }));
    const dialog = page.getByRole("dialog", { name: "Invite somebody" });
    await typeInto(page, dialog.getByLabel("E-mail"), "otto@example.net");
    await choose(page, dialog.getByLabel("Role"), "Operator");
    await enter(page, dialog.getByRole("button", { name: "Create invite" }));
    const shown = page.getByRole("dialog", { name: "A link for otto@example.net" });
    await expectAccessible(page);
    const text = (await shown.getByText(/\/invite\//).textContent()) ?? "";
    await enter(page, shown.getByRole("button", { name: "I have copied it" }));
    await turnTo(page, members, page.getByRole("tab", { name: /^Invites/ }));
    await expect(page.getByRole("row", { name: /otto@example.net.*Pending.*Operator/ })).toBeVisible();
    return text;
  });

  const guest = await strangerAt(browser, link);
  await test.step("the guest makes an account with it, by keyboard", async () => {
    await expect(guest.getByRole("heading", { name: "Join Harbour crew" })).toBeVisible();
    await expectAccessible(guest);
    await typeInto(guest, guest.getByLabel("Your name"), "Otto");
    await typeInto(guest, guest.getByLabel("Password"), PASSWORD);
    await guest.keyboard.press("Enter");
    await expect(guest).toHaveURL(`${TEAM_PATH}/devices`);
  });

  await test.step("an operator makes tokens and invites nobody", async () => {
    await guest.goto(`${TEAM_PATH}/enrollment`);
    await expect(guest.getByRole("button", { name: "Create token" })).toBeVisible();
    await guest.goto(`${TEAM_PATH}/members`);
    await expect(guest.getByRole("row", { name: /Otto.*Operator/ })).toBeVisible();
    await expect(guest.getByRole("button", { name: "Invite" })).toHaveCount(0);
  });

  await test.step("the link leads nowhere any more", async () => {
    const late = await strangerAt(browser, link);
    await expect(late.getByRole("heading", { name: "This invite leads nowhere" })).toBeVisible();
    await expectAccessible(late);
    await late.context().close();
  });

  // A session that was left open on a desk.
  db.update(session)
    .set({ verifiedAt: new Date(0) })
    .run();
  watch.expectRefusal(/member\.remove/);
  await test.step("the owner sees them join without a reload, and takes the role away and them out", async () => {
    await turnTo(page, page.getByRole("tab", { name: /^Invites/ }), members);
    await tabTo(page, page.getByLabel("Role of Otto"));
    await page.keyboard.type("Member");
    await expect(page.getByText("Otto is member")).toBeVisible();
    await guest.goto(`${TEAM_PATH}/members`);
    await expect(guest.getByText("Your role does not include this")).toBeVisible();

    await enter(page, page.getByRole("button", { name: "Remove Otto" }));
    const remove = page.getByRole("dialog", { name: "Remove Otto?" });
    await enter(page, remove.getByRole("button", { name: "Remove member" }));
    const stepUp = page.getByRole("dialog", { name: "Is it still you?" });
    await expect(stepUp.getByLabel("Password")).toBeFocused();
    await expectAccessible(page);
    await expect(page.getByRole("row", { name: /Otto/, includeHidden: true })).toHaveCount(1);
    await page.keyboard.type(OWNER.password);
    await page.keyboard.press("Enter");
    await expect(page.getByRole("row", { name: /Otto/ })).toHaveCount(0);
    const answer = await guest.goto(`${TEAM_PATH}/devices`);
    expect(answer?.status()).toBe(404);
  });
  await guest.context().close();
});

test("the last owner cannot leave, and is told why", async ({ page, watch }) => {
  watch.expectRefusal(/member\.leave/);
  await page.goto(`${TEAM_PATH}/members`);
  await enter(page, page.getByRole("button", { name: "Leave the team" }));
  await enter(page, page.getByRole("dialog").getByRole("button", { name: "Leave team" }));
  await expect(page.getByText("A team keeps at least one owner.")).toBeVisible();
  await expect(page.getByRole("row", { name: /Owner/ })).toBeVisible();
});

test("a team is handed over, and who gave it is no owner any more", async ({ page, db, watch }) => {
  watch.expectRefusal(/member\.transfer|session\.verify/);
  const heir = insertUser(db, { name: "Heir", email: "heir@example.net" });
  insertMembership(db, { teamId: findTeam(db).id, userId: heir.id, role: "admin" });
  db.update(session)
    .set({ verifiedAt: new Date(0) })
    .run();
  await page.goto(`${TEAM_PATH}/members`);
  await enter(page, page.getByRole("button", { name: "Hand over the team to Heir" }));
  await expectAccessible(page);
  await enter(page, page.getByRole("dialog").getByRole("button", { name: "Hand over" }));
  const stepUp = page.getByRole("dialog", { name: "Is it still you?" });
  await typeInto(page, stepUp.getByLabel("Password"), "not this one");
  await enter(page, stepUp.getByRole("button", { name: "Go on" }));
  await expect(stepUp.getByText("That is not your password.")).toBeVisible();
  await typeInto(page, stepUp.getByLabel("Password"), OWNER.password);
  await enter(page, stepUp.getByRole("button", { name: "Go on" }));
  await expect(page.getByText(/^Heir owns/)).toBeVisible();
  await expect(page.getByRole("row", { name: /Heir.*Owner/ })).toBeVisible();
  await expect(page.getByRole("button", { name: /^Hand over the team/ })).toHaveCount(0);
  // As it was, for the tests after this one.
  const { id: teamId } = findTeam(db);
  db.update(membership).set({ role: "owner" }).where(eq(membership.teamId, teamId)).run();
  db.delete(user).where(eq(user.id, heir.id)).run();
});

async function strangerAt(browser: Browser, link: string): Promise<Page> {
  // Contexts begin with the test's own cookies unless they are told otherwise.
  const context = await browser.newContext({ storageState: { cookies: [], origins: [] } });
  const page = await context.newPage();
  await page.goto(link);
  return page;
}
