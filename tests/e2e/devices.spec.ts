/** A team that is careful about its devices: each is let in by a person, its key has an end, and a new machine takes an old one's place. */
import { Agent } from "../natlab/agent.ts";
import { expectAccessible } from "./fixtures/axe.ts";
import { TEAM_PATH } from "./fixtures/team.ts";
import { expect, test } from "./fixtures/test.ts";

test.use({ networks: { alpha: "public", beta: "public" } });

test("a device is let in, renewed, and replaced by another", async ({ page, lab, server }) => {
  test.setTimeout(120_000);
  const token = await server.createToken(3);
  const start = (host: "alpha" | "beta") => Agent.start(lab, { host, server: server.url, token, userspace: true });
  const alpha = await start("alpha");

  await test.step("an admin wants to be asked", async () => {
    await page.goto(`${TEAM_PATH}/settings`);
    await page.getByRole("checkbox", { name: "A person approves each new device" }).press("Space");
    await expect(page.getByText("New devices wait for approval")).toBeVisible();
    await page.getByRole("combobox", { name: "A device’s key is good for" }).selectOption("30 days");
    await expect(page.getByText("Keys are good for 30 days")).toBeVisible();
    await expectAccessible(page);
  });

  const beta = await start("beta");
  await test.step("who enrolls now waits, and says so", async () => {
    const { stdout } = await beta.cli("status");
    expect(stdout).toContain("Waits for an admin to let it in");
    expect((await beta.status()).peers).toEqual([]);
    expect((await alpha.status()).peers).toEqual([]);
    await page.goto(`${TEAM_PATH}/devices`);
    await expect(page.getByText("1 device waits for approval")).toBeVisible();
    await page.getByRole("button", { name: "Show" }).press("Enter");
    await expectAccessible(page);
    await page.getByRole("link", { name: "beta" }).press("Enter");
    await expect(page.getByText("beta waits for approval")).toBeVisible();
    await expectAccessible(page);
  });

  await test.step("let in, it meets the other", async () => {
    await page.getByRole("button", { name: "Approve device" }).press("Enter");
    await expect(page.getByText("beta is let in")).toBeVisible();
    await expect(page.getByText("beta waits for approval")).toBeHidden();
    await expect.poll(async () => (await beta.status()).peers.map(({ name }) => name)).toEqual(["alpha"]);
    const [reply] = await alpha.ping("beta");
    expect(reply?.rttMs).toBeGreaterThan(0);
  });

  await test.step("its key is renewed for longer", async () => {
    await page.getByRole("link", { name: "Devices", exact: true }).first().press("Enter");
    await page.getByRole("button", { name: "Actions for beta" }).press("Enter");
    await page.getByRole("menuitem", { name: "Renew key" }).press("Enter");
    await page.getByRole("combobox", { name: "Good for" }).selectOption("365 days");
    await expectAccessible(page);
    await page.getByRole("button", { name: "Renew key" }).press("Enter");
    await expect(page.getByText("The key of beta is renewed")).toBeVisible();
  });

  await test.step("a machine that was installed anew takes the old one's place", async () => {
    await beta.stop();
    const again = await Agent.start(lab, {
      host: "beta",
      name: "beta-new",
      server: server.url,
      token,
      userspace: true,
    });
    await page.goto(`${TEAM_PATH}/devices`);
    await page.getByRole("link", { name: "beta-new" }).press("Enter");
    await page.getByRole("button", { name: "Approve device" }).press("Enter");
    await expect(page.getByText("beta-new is let in")).toBeVisible();
    await page.getByRole("button", { name: "Replace an older device" }).press("Enter");
    await page.getByRole("combobox", { name: "Older device" }).selectOption("beta");
    await expectAccessible(page);
    await page.getByRole("button", { name: "Replace device" }).press("Enter");
    await expect(page.getByRole("heading", { name: "beta", exact: true })).toBeVisible();
    await expect.poll(async () => (await alpha.status()).peers.map(({ name }) => name)).toEqual(["beta"]);
    await expect.poll(async () => (await again.status()).self.name).toBe("beta");
  });
});
