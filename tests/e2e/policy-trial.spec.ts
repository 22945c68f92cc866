/**
 * Draft, review, apply for a while, take back: in the browser by keyboard alone, and on real devices whose traffic stops
 * and starts by it. The simulator says why before and after, and has the devices try it for real.
 */
import { policyVersion } from "@pinhole/drizzle/schema";
import type { Page } from "@playwright/test";
import { desc, eq } from "drizzle-orm";
import { Agent } from "../natlab/agent.ts";
import { ECHO_PORT, startEcho } from "../natlab/transfer.ts";
import { expectAccessible } from "./fixtures/axe.ts";
import { choose, enter, turnTo, typeInto } from "./fixtures/keyboard.ts";
import { TEAM_PATH } from "./fixtures/team.ts";
import { expect, test } from "./fixtures/test.ts";

test.use({ networks: { alpha: "public", beta: "public" } });

test("a version on trial cuts real traffic and goes again, and the simulator explains both", async ({
  page,
  lab,
  server,
  db,
}) => {
  test.setTimeout(300_000);
  const token = await server.createToken(2);
  const start = (host: "alpha" | "beta") => Agent.start(lab, { host, server: server.url, token });
  const [alpha, beta] = await Promise.all([start("alpha"), start("beta")]);
  await startEcho(lab, "beta");
  const isOpen = async () =>
    (await lab.exec("alpha", ["ping", "-c1", "-W1", beta.address], { allowFailure: true })).code === 0;
  await alpha.ping(beta.name);
  await expect.poll(isOpen).toBe(true);

  await test.step("a rule is changed in its row, and its comment stays in the text", async () => {
    await page.goto(`${TEAM_PATH}/policies`);
    await enter(page, page.getByRole("button", { name: "Edit" }));
    await turnTo(page, page.getByRole("tab", { name: "Source" }), page.getByRole("tab", { name: "Rules" }));
    const services = page.getByRole("group", { name: "Rule 1" }).getByLabel("Services");
    await expect(services).toHaveValue("*");
    await typeInto(page, services, `tcp:${ECHO_PORT}`);
    await page.keyboard.press("Tab");
    await expectAccessible(page);
    await turnTo(page, page.getByRole("tab", { name: "Rules" }), page.getByRole("tab", { name: "Source" }));
    await expect(page.getByLabel("Document")).toHaveValue(/\/\/ Every device of the team[^]*"ip": \["tcp:\d+"\]/);
    await expect(page.getByText("2 change.")).toBeVisible();
  });

  await test.step("it is applied for a while, and obeyed", async () => {
    await choose(page, page.getByLabel("Take it back by itself"), "After 60 min");
    await save(page, 2);
    await expect(page.getByText("Version 2 is on trial.")).toBeVisible();
    await expect(page.getByRole("timer")).toContainText("left");
    await expect(page.getByText("All 2 devices online run version 2.")).toBeVisible();
    await expect.poll(isOpen).toBe(false);
    await expectAccessible(page);
  });

  await test.step("the simulator says why, and a real try agrees", async () => {
    await ask(page, { proto: "icmp" });
    await expect(page.getByText("alpha cannot reach beta over icmp.")).toBeVisible();
    await expect(page.getByRole("row", { name: /Grant 1, line 5.*ip does not name icmp/ })).toBeVisible();
    await expectAccessible(page);

    await ask(page, { port: `${ECHO_PORT}` });
    await expect(page.getByText(`alpha can reach beta over tcp:${ECHO_PORT}.`)).toBeVisible();
    await expect(page.getByText("Version 2, the one in force")).toBeVisible();
    await enter(page, page.getByRole("button", { name: "Probe now" }));
    await expect(page.getByText(/^alpha opened port \d+ of beta in \d+ ms\.$/)).toBeVisible();

    await ask(page, { port: "81" });
    await enter(page, page.getByRole("button", { name: "Probe now" }));
    await expect(page.getByText(/^Nothing came back to alpha within \d s\.$/)).toBeVisible();
    await expect(page.getByText("So it is: what the policy denies is dropped without a word.")).toBeVisible();

    const tab = (name: string) => page.getByRole("tab", { name });
    await turnTo(page, tab("Can A reach B?"), tab("What can A reach?"));
    await expect(page.getByText("alpha reaches 1 device of 2.")).toBeVisible();
    await expectAccessible(page);
  });

  await test.step("the answer is kept as a test in a draft", async () => {
    await ask(page, { proto: "icmp" });
    await enter(page, page.getByRole("button", { name: "Save as a test" }));
    await enter(page, page.getByRole("button", { name: "Go on with it" }));
    await expect(page.getByLabel("Document")).toHaveValue(/"tests": \[\s*\{ "src": ".*", "proto": "icmp", "deny": \[/);
    await enter(page, page.getByRole("button", { name: "Cancel" }));
  });

  await test.step("taken back, the traffic is there again, and the simulator says so", async () => {
    await enter(page, page.getByRole("button", { name: "Revert now" }));
    await expect(page.getByText("Version 3 is in force")).toBeVisible();
    await expect.poll(isOpen, { timeout: 20_000 }).toBe(true);
    await ask(page, { proto: "icmp" });
    await expect(page.getByText("alpha can reach beta over icmp.")).toBeVisible();
  });

  await test.step("a version whose time runs out goes by itself", async () => {
    await page.goto(`${TEAM_PATH}/policies`);
    await enter(page, page.getByRole("button", { name: "Edit" }));
    const document = `{ "grants": [{ "src": ["*"], "dst": ["*"], "ip": ["tcp:22"] }] }`;
    await typeInto(page, page.getByLabel("Document"), document);
    await choose(page, page.getByLabel("Take it back by itself"), "After 60 min");
    await save(page, 4);
    await expect(page.getByText("Version 4 is on trial.")).toBeVisible();
    await expect.poll(isOpen).toBe(false);
    // An hour later, as the database sees it.
    const latest = db.select().from(policyVersion).orderBy(desc(policyVersion.version)).get()!;
    db.update(policyVersion).set({ confirmBy: new Date() }).where(eq(policyVersion.version, latest.version)).run();
    await expect(page.getByText("Version 4 was not confirmed in time").first()).toBeVisible({ timeout: 15_000 });
    await expect.poll(isOpen, { timeout: 20_000 }).toBe(true);
  });
});

async function save(page: Page, version: number): Promise<void> {
  const button = page.getByRole("button", { name: `Save version ${version}` });
  // Enabled once what it changes has been looked at.
  await enter(page, button);
}

async function ask(page: Page, { proto = "tcp", port = "22" }: { proto?: string; port?: string }): Promise<void> {
  await page.goto(`${TEAM_PATH}/policies/simulate?src=alpha&dst=beta&proto=${proto}&port=${port}`);
}
