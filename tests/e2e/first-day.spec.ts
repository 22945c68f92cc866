/** An empty server, two machines behind home routers of their own, and a person who reads what the pages say. */
import { type Page } from "@playwright/test";
import { Machine } from "./fixtures/machine.ts";
import { ProcessWatch } from "./fixtures/process-watch.ts";
import { fillIn } from "./fixtures/sign-in.ts";
import { expect, test } from "./fixtures/test.ts";

test.use({ networks: { laptop: "eim-apdf", nas: "cgn" }, hasOwner: false });

const OWNER = { email: "ana@example.net", password: "a few words are better" } as const;
const SETUP_CODE = /[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}/;

test("setup", async ({ page, server, watch }) => {
    await page.goto("/");
    await expect(page).toHaveURL("/setup");
    watch.expectRefusal(/setup\.complete/);
    await fillInSetup(page, "AAAA-BBBB-CCCC");
    await expect(page.getByLabel("Set-up code")).toHaveAccessibleDescription(/That is not the set-up code/);

    const [code] = await server.process.waitForLine(SETUP_CODE, 1_000);
    await fillInSetup(page, code);
    await expect(page).toHaveURL("/t/harbour-crew/devices");
    await expect(page.getByText("No devices yet")).toBeVisible();
});

async function fillInSetup(page: Page, code: string): Promise<void> {
  await page.getByLabel("Set-up code").fill(code);
  await page.getByLabel("Your name").fill("Ana");
  await page.getByLabel("E-mail").fill(OWNER.email);
  await page.getByLabel("Password").fill(OWNER.password);
  await page.getByLabel("Team").fill("Harbour crew");
  await page.getByRole("button", { name: "Create account and team" }).click();
}
