/** A policy is written, reviewed and saved in the browser, by keyboard alone, and traffic between real devices stops and starts by it. */
import type { Page } from "@playwright/test";
import { Agent } from "../natlab/agent.ts";
import { expectAccessible } from "./fixtures/axe.ts";
import { enter, typeInto } from "./fixtures/keyboard.ts";
import { TEAM_PATH } from "./fixtures/team.ts";
import { expect, test } from "./fixtures/test.ts";

const LOCKED = `// Nobody talks to anybody.
{ "grants": [] }`;

test.use({ networks: { alpha: "public", beta: "public" } });

test("a saved policy cuts real traffic, and an older version brings it back", async ({ page, lab, server }) => {
  test.setTimeout(120_000);
  const token = await server.createToken(2);
  const start = (host: "alpha" | "beta") => Agent.start(lab, { host, server: server.url, token });
  const [alpha, beta] = await Promise.all([start("alpha"), start("beta")]);
  const isOpen = async () =>
    (await lab.exec("alpha", ["ping", "-c1", "-W1", beta.address], { allowFailure: true })).code === 0;
  await alpha.ping(beta.name);
  await expect.poll(isOpen).toBe(true);

  await page.goto(`${TEAM_PATH}/policies`);
  await test.step("a fault is shown where it is, and cannot be saved", async () => {
    await enter(page, page.getByRole("button", { name: "Edit" }));
    await write(page, `{\n  "grants": [{ "src": ["tag:nowhere"], "dst": ["*"], "ip": ["*"] }]\n}`);
    const fault = page.getByRole("alert").filter({ hasText: "Line 2, column 24" });
    await expect(fault).toContainText("tag:nowhere is not in tagOwners");
    await expect(page.getByRole("button", { name: "Save version 2" })).toBeDisabled();
    await enter(page, fault.getByRole("button", { name: "Go there" }));
    await expect(page.getByLabel("Document")).toBeFocused();
  });

  await test.step("the review names who loses what, and wants it confirmed", async () => {
    await write(page, LOCKED);
    await expect(page.getByText("2 pairs lose all access.")).toBeVisible();
    await expect(page.getByRole("row", { name: /alpha.*beta.*Loses.*nothing/ })).toBeVisible();
    await expect(page.getByRole("region", { name: "Text changes" })).toContainText("Nobody talks to anybody.");
    await expectAccessible(page);
    await expect(page.getByRole("button", { name: "Save version 2" })).toBeDisabled();
    await typeInto(page, page.getByLabel(/Type harbour-crew to confirm/), "harbour-crew");
    await typeInto(page, page.getByRole("textbox", { name: "Message" }), "Closed for the night");
    await page.keyboard.press("Enter");
    await expect(page.getByText("Version 2 is in force")).toBeVisible();
  });

  await test.step("and the devices obey", async () => {
    await expect.poll(isOpen).toBe(false);
    await expect(page.getByRole("row", { name: /^2 in force.*Closed for the night/ })).toBeVisible();
  });

  await test.step("the first version comes back as a draft, and so does the traffic", async () => {
    await enter(page, page.getByRole("button", { name: "Look at version 1" }));
    await expectAccessible(page);
    await enter(page, page.getByRole("dialog").getByRole("button", { name: "Edit it as a draft" }));
    await expect(page.getByText("2 gain access.")).toBeVisible();
    await expect(page.getByRole("textbox", { name: "Message" })).toHaveValue("Back to version 1");
    await enter(page, page.getByRole("button", { name: "Save version 3" }));
    await expect(page.getByText("Version 3 is in force")).toBeVisible();
    await expect.poll(isOpen, { timeout: 20_000 }).toBe(true);
  });
});

async function write(page: Page, text: string): Promise<void> {
  await typeInto(page, page.getByLabel("Document"), text);
}
