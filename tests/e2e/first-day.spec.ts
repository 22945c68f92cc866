/** An empty server, two machines behind routers of their own, and a person who reads what the pages say. */
import type { Locator, Page } from "@playwright/test";
import { expectAccessible } from "./fixtures/axe.ts";
import { paste } from "./fixtures/clipboard.ts";
import { enter, typeInto } from "./fixtures/keyboard.ts";
import { Machine } from "./fixtures/machine.ts";
import { ProcessWatch } from "./fixtures/process-watch.ts";
import { fillIn } from "./fixtures/sign-in.ts";
import { expect, test } from "./fixtures/test.ts";

const OWNER = { email: "ana@example.net", password: "a few words are better" } as const;
const SETUP_CODE = /[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}/;
const STEPS = [
  "Token used",
  "Device registered",
  "Control session open",
  "NAT measured",
  "First path to another device",
] as const;

test.use({ networks: { laptop: "eim-apdf", nas: "cgn" }, hasOwner: false });

test("from an empty server to two machines that reach each other directly, and back", async ({
  page,
  context,
  lab,
  server,
  watch,
}) => {
  test.setTimeout(150_000);
  await test.step("the printed code makes the owner and the team, and no other does", async () => {
    await page.goto("/");
    await expect(page).toHaveURL("/setup");
    await expectAccessible(page);
    watch.expectRefusal(/setup\.complete/);
    await fillInSetup(page, "AAAA-BBBB-CCCC");
    await expect(page.getByLabel("Set-up code")).toHaveAccessibleDescription(/That is not the set-up code/);

    const [code] = await server.process.waitForLine(SETUP_CODE, 1_000);
    await fillInSetup(page, code);
    await expect(page).toHaveURL("/t/harbour-crew/devices");
  });

  await test.step("signing out ends it, a wrong password changes nothing, the right one opens it", async () => {
    // What the page still asks while it is signed out is refused, and so is the wrong password.
    watch.expectRefusal(/\/api\/trpc|callback\/credentials/);
    await signOut(page);
    await fillIn(page, { ...OWNER, password: "a few words are worse" });
    await expect(page.getByRole("alert").filter({ hasText: "do not belong together" })).toBeVisible();
    await fillIn(page, OWNER);
    await expect(page.getByText("No devices yet")).toBeVisible();
  });

  // A second tab stays on the list all the time and is never reloaded.
  const list = await context.newPage();
  await list.goto("/t/harbour-crew/devices");
  await expect(list.getByRole("button", { name: "Live updates: Live" })).toBeVisible();
  await forbidReload(list);
  await forbidReload(page);
  const row = (name: string): Locator =>
    list.getByRole("row").filter({ has: list.getByRole("link", { name, exact: true }) });

  const laptop = await Machine.boot(lab, "laptop");
  const nas = await Machine.boot(lab, "nas");

  await test.step("the command on the page makes the first machine a device", async () => {
    await page.getByRole("link", { name: "Add the first device" }).click();
    await enroll(page, laptop);
    await expect(row("laptop")).toContainText("Online");
    await page.getByRole("button", { name: "Add another" }).click();
  });

  await test.step("and the second, which finds its path to the first", async () => {
    await enroll(page, nas, () => nas.type("pinhole ping laptop --until-direct"));
    await expect(page.getByText("nas reaches laptop directly")).toBeVisible();
    await expect(row("nas")).toContainText("Online");
    await page.getByRole("link", { name: "Go to devices" }).click();
  });

  await test.step("the pair is direct, and its trace has what both sides saw", async () => {
    await page.getByRole("link", { name: "Connections" }).click();
    const pair = page.getByRole("row").filter({ hasText: "laptop" }).filter({ hasText: "nas" });
    await expect(pair).toContainText("Direct, punched");
    await pair.getByRole("link").click();
    await expect(page.getByText(/^(laptop reaches nas|nas reaches laptop) directly, [\d.]+ ms\.$/)).toBeVisible();
    const cursor = page.getByRole("slider", { name: "Events of the attempt in time" });
    await cursor.press("End");
    await expect(cursor).toHaveAttribute("aria-valuetext", /path (verified|selected)|answer received|probe/);
    await page.getByRole("tab", { name: "Table" }).click();
    const events = page.getByRole("table", { name: "Trace of the attempt" }).getByRole("row");
    for (const name of ["laptop", "nas"]) {
      await expect(events.filter({ hasText: name }).filter({ hasText: "Plan received" })).not.toHaveCount(0);
      await expect(events.filter({ hasText: name }).filter({ hasText: "Path verified" })).not.toHaveCount(0);
    }
    // What the pages say must be what the network saw.
    expect(await lab.udpBytesBetween("laptop", "nas")).toBeGreaterThan(0);
  });

  await test.step("a new name arrives in every list", async () => {
    await choose(list, "laptop", "Rename");
    const dialog = list.getByRole("dialog", { name: "Rename laptop" });
    await dialog.getByLabel("Name").fill("anas-laptop");
    await dialog.getByRole("button", { name: "Rename device" }).click();
    await expect(row("anas-laptop")).toContainText("Online");
    await expect.poll(() => status(nas)).toMatch(/anas-laptop +online +direct/);
  });

  await test.step("revoking cuts the device off, and undoing it brings it back by itself", async () => {
    await choose(list, "anas-laptop", "Revoke");
    await expect(row("anas-laptop")).toHaveCount(0);
    await expect.poll(() => status(nas)).not.toContain("anas-laptop");
    await list.getByRole("button", { name: "Undo" }).click();
    await expect(row("anas-laptop")).toContainText("Online", { timeout: 30_000 });
    await expect.poll(() => status(nas)).toMatch(/anas-laptop +online/);
  });

  await test.step("revoking and leaving it is for good", async () => {
    await choose(list, "anas-laptop", "Revoke");
    await list.getByRole("button", { name: "Revoked" }).click();
    await expect(row("anas-laptop")).toContainText("Revoked");
    await list.getByRole("button", { name: "All" }).click();
    await expect.poll(() => status(laptop)).toContain("This device was revoked");
    expect((await laptop.type("pinhole ping nas -c 1 --timeout 1", { allowFailure: true })).code).not.toBe(0);
  });

  await test.step("the tokens are used up, and the log has every line", async () => {
    await page.getByRole("link", { name: "Enrollment" }).click();
    const tokens = page.getByRole("row").filter({ hasText: "New device" });
    await expect(tokens).toHaveCount(2);
    for (const token of await tokens.all()) await expect(token).toContainText("Used up");

    await page.getByRole("link", { name: "Activity" }).click();
    const log = page.getByRole("table", { name: "Activity" }).getByRole("row");
    for (const [line, count] of [
      ["Created team Harbour crew", 1],
      ["Created token New device", 2],
      ["Enrolled device laptop", 1],
      ["Enrolled device nas", 1],
      ["Renamed device anas-laptop", 1],
      ["Revoked device anas-laptop", 2],
      ["Restored device anas-laptop", 1],
    ] as const) {
      await expect(log.filter({ hasText: line })).toHaveCount(count);
    }
  });

  await test.step("uninstalling leaves nothing on the machine", async () => {
    const { stdout } = await nas.type("pinhole uninstall --yes");
    expect(stdout).toContain("Pinhole is removed from this machine.");
    expect(
      (await nas.type("ls -A /opt /var/lib; ls /usr/local/bin/pinhole; ip link", { allowFailure: true })).stdout,
    ).not.toMatch(/pinhole/);
    await expect(row("nas")).toContainText("Offline");
  });

  for (const tab of [page, list]) await expectNoReload(tab);
});

/** From the form to the checklist's end, by the command that is copied there. `talk`: paths are made for traffic. */
async function enroll(page: Page, machine: Machine, talk?: () => Promise<unknown>): Promise<void> {
  await page.getByRole("button", { name: "Create token" }).click();
  await expect(page.locator("pre:visible")).toHaveCount(1);
  await page.getByRole("button", { name: "Copy command" }).click();
  const command = await paste(page.context());
  expect(command).toMatch(/^printf %s 'phk_\w+' \| sudo sh -c "\$\(curl -fsSL \S+\/install\.sh\)"$/);
  await expect(step(page, "Token used")).toContainText("waiting");

  const seen = await watchProcesses(() => machine.type(command));
  const [token] = /phk_\w+/.exec(command)!;
  expect(seen.filter((commandLine) => commandLine.includes(token.slice(4)))).toEqual([]);

  await talk?.();
  for (const title of STEPS) await expect(step(page, title)).toContainText("done");
}

function step(page: Page, title: string): Locator {
  return page.getByRole("listitem").filter({ hasText: title });
}

/** Every command line that there was meanwhile, which must have some of the installation itself. */
async function watchProcesses(action: () => Promise<unknown>): Promise<string[]> {
  using watch = new ProcessWatch();
  await action();
  const seen = [...watch.seen];
  expect(seen).toContainEqual(expect.stringMatching(/curl .*\/download\//));
  expect(seen).toContainEqual(expect.stringMatching(/pinhole\.js up .*--token -/));
  return seen;
}

/** By keyboard alone. */
async function fillInSetup(page: Page, code: string): Promise<void> {
  await typeInto(page, page.getByLabel("Set-up code"), code);
  await typeInto(page, page.getByLabel("Your name"), "Ana");
  await typeInto(page, page.getByLabel("E-mail"), OWNER.email);
  await typeInto(page, page.getByLabel("Password"), OWNER.password);
  await typeInto(page, page.getByLabel("Team"), "Harbour crew");
  await enter(page, page.getByRole("button", { name: "Create account and team" }));
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page).toHaveURL("/login");
}

async function choose(list: Page, device: string, action: string): Promise<void> {
  await list.getByRole("button", { name: `Actions for ${device}` }).click();
  await list.getByRole("menuitem", { name: action }).click();
}

async function status(machine: Machine): Promise<string> {
  return (await machine.type("pinhole status")).stdout;
}

/** A property of the window goes with the document. */
async function forbidReload(page: Page): Promise<void> {
  await page.evaluate(() => Object.assign(window, { isFirstDocument: true }));
}

async function expectNoReload(page: Page): Promise<void> {
  expect(await page.evaluate(() => "isFirstDocument" in window)).toBe(true);
}
