/** A program does with its token what was ticked, and nothing once it is revoked. */
import { session } from "@pinhole/drizzle/schema";
import { OWNER } from "../natlab/server.ts";
import { expectAccessible } from "./fixtures/axe.ts";
import { TEAM_PATH } from "./fixtures/team.ts";
import { expect, test } from "./fixtures/test.ts";

test("a token is made, used by a program and revoked, by keyboard", async ({ page, db, lab, server, watch }) => {
  test.setTimeout(120_000);
  watch.expectRefusal(/apiToken\.create/);
  const team = TEAM_PATH.slice("/t/".length);
  db.update(session)
    .set({ verifiedAt: new Date(0) })
    .run();
  await page.goto(`${TEAM_PATH}/settings/api-tokens`);
  await expect(page.getByText("No API tokens yet")).toBeVisible();

  const token = await test.step("the owner ticks what it may do, and proves who they are", async () => {
    await page.getByRole("button", { name: "Create API token" }).press("Enter");
    const dialog = page.getByRole("dialog", { name: "Create API token" });
    await expect(dialog.getByLabel("Name", { exact: true })).toBeFocused();
    await page.keyboard.type("deploy");
    await dialog.getByLabel("Create and revoke enrollment tokens").press("Space");
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Create API token" }).press("Enter");
    const stepUp = page.getByRole("dialog", { name: "Is it still you?" });
    await expect(stepUp.getByLabel("Password")).toBeFocused();
    await page.keyboard.type(OWNER.password);
    await page.keyboard.press("Enter");
    const shown = page.getByRole("dialog", { name: "deploy" });
    const text = (await shown.getByText(/^pha_/).textContent()) ?? "";
    await expectAccessible(page);
    await shown.getByRole("button", { name: "I have copied it" }).press("Enter");
    return text;
  });

  // From within the lab's network, as `curl` would: no cookie, no origin.
  const call = async (path: string, input: object) => {
    const { stdout } = await lab.exec("server", [
      "curl",
      "-s",
      "-H",
      `authorization: Bearer ${token}`,
      "-H",
      "content-type: application/json",
      "-d",
      JSON.stringify({ json: { team, ...input } }),
      `${server.url}/api/trpc/${path}`,
    ]);
    return stdout;
  };

  await test.step("a program makes an enrollment token with it, and invites nobody", async () => {
    expect(await call("token.create", { name: "by a program" })).toContain('"token":"phk_');
    expect(await call("invite.create", { role: "member" })).toContain("scope-insufficient");
    await page.goto(`${TEAM_PATH}/activity`);
    await expect(page.getByRole("row", { name: /by a program/ })).toContainText("(API token deploy)");
  });

  await test.step("revoked, it is worth nothing", async () => {
    await page.goto(`${TEAM_PATH}/settings/api-tokens`);
    await page.getByRole("button", { name: "Revoke deploy" }).press("Enter");
    await page.getByRole("dialog").getByRole("button", { name: "Revoke API token" }).press("Enter");
    await expect(page.getByRole("row", { name: /Revoked.*deploy/ })).toBeVisible();
    await expectAccessible(page);
    expect(await call("token.create", { name: "again" })).toContain("signed-out");
  });
});
