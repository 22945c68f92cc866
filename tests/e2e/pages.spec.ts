/** Every page, as everybody must be able to use it. */
import type { Page } from "@playwright/test";
import { expectAccessible } from "./fixtures/axe.ts";
import type { Crew } from "./fixtures/crew.ts";
import { TEAM_PATH } from "./fixtures/team.ts";
import { expect, test } from "./fixtures/test.ts";

// What is found is named by its rule and its element; recording every step would double the time.
test.use({ trace: "off" });

type Stop = {
  readonly name: string;
  /** Below the team's. */
  readonly path: (crew: Crew) => string;
  /** What is there once the page is whole. */
  readonly shows: (page: Page) => Promise<void>;
  /** Opens what is looked at, if that is not the page itself. */
  readonly open?: (page: Page) => Promise<void>;
};

const heading = (name: string | RegExp) => (page: Page) =>
  expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
const cursorOf = (page: Page) =>
  expect(page.getByRole("slider", { name: "Events of the attempt in time" })).toBeVisible();
const row = (name: string | RegExp) => (page: Page) => expect(page.getByRole("row", { name }).first()).toBeVisible();

const STOPS: readonly Stop[] = [
  { name: "devices", path: () => "/devices", shows: row(/laptop/) },
  { name: "revoked devices", path: () => "/devices?status=revoked", shows: row(/lost-phone/) },
  {
    name: "the menu of a device",
    path: () => "/devices",
    shows: row(/laptop/),
    open: (page) => page.getByRole("button", { name: "Actions for laptop" }).click(),
  },
  { name: "add a device", path: () => "/devices/add", shows: heading("Add a device") },
  {
    name: "the progress of a device",
    path: ({ unusedToken }) => `/devices/add?token=${unusedToken}`,
    shows: (page) => expect(page.getByRole("paragraph").filter({ hasText: "Waiting for the machine" })).toBeVisible(),
  },
  {
    name: "a device",
    path: ({ online }) => `/devices/${online}`,
    shows: (page) => expect(page.getByRole("heading", { name: "Round trip" })).toBeVisible(),
  },
  { name: "a revoked device", path: ({ revoked }) => `/devices/${revoked}`, shows: heading("lost-phone") },
  { name: "connections", path: () => "/connections", shows: row(/Direct.*laptop/) },
  { name: "the NAT matrix", path: () => "/connections/matrix", shows: row(/expected/) },
  {
    name: "a direct connection",
    path: ({ pairs }) => `/connections/${pairs.direct}`,
    shows: cursorOf,
  },
  {
    name: "the events of a connection as a table",
    path: ({ pairs }) => `/connections/${pairs.direct}`,
    shows: cursorOf,
    open: (page) => page.getByRole("tab", { name: "Table" }).click(),
  },
  {
    name: "a relayed connection",
    path: ({ pairs }) => `/connections/${pairs.relayed}`,
    shows: cursorOf,
  },
  {
    name: "a connection of a device that is away",
    path: ({ pairs }) => `/connections/${pairs.failed}`,
    shows: cursorOf,
  },
  { name: "relays", path: () => "/relays", shows: row(/The dashboard's own/) },
  { name: "enrollment", path: () => "/enrollment", shows: row(/Pasted into a chat/) },
  {
    name: "the form for a token",
    path: () => "/enrollment",
    shows: row(/Pasted into a chat/),
    open: (page) => page.getByRole("button", { name: "Create token" }).click(),
  },
  { name: "policies", path: () => "/policies", shows: heading("Policies") },
  { name: "members", path: () => "/members", shows: row(/Owner/) },
  {
    name: "what each role may do",
    path: () => "/members",
    shows: row(/Owner/),
    open: (page) => page.getByRole("tab", { name: "Roles" }).click(),
  },
  {
    name: "the form for an invite",
    path: () => "/members",
    shows: row(/Owner/),
    open: (page) => page.getByRole("button", { name: "Invite" }).click(),
  },
  { name: "activity", path: () => "/activity", shows: row(/Enrolled device/) },
  { name: "settings", path: () => "/settings", shows: row(/This one/) },
  { name: "webhooks", path: () => "/settings/webhooks", shows: heading("Webhooks") },
  {
    name: "the form for a webhook",
    path: () => "/settings/webhooks",
    shows: heading("Webhooks"),
    open: (page) => page.getByRole("button", { name: "Create webhook" }).click(),
  },
  { name: "API tokens", path: () => "/settings/api-tokens", shows: heading("API tokens") },
  {
    name: "the form for an API token",
    path: () => "/settings/api-tokens",
    shows: heading("API tokens"),
    open: (page) => page.getByRole("button", { name: "Create API token" }).click(),
  },
  {
    name: "the list of shortcuts",
    path: () => "/settings",
    shows: heading("Settings"),
    open: (page) => page.keyboard.press("?"),
  },
];

for (const { name, path, shows, open } of STOPS) {
  test(`${name}: nothing for axe to find, nothing to scroll sideways`, async ({ page, crew }) => {
    await page.goto(`${TEAM_PATH}${path(crew)}`);
    await shows(page);
    await open?.(page);
    await expectAccessible(page);
  });
}

test("a page that is not there says so, accessibly", async ({ page, watch }) => {
  watch.expectRefusal(/\/nowhere$/);
  for (const path of ["/nowhere", `${TEAM_PATH}/nowhere`]) {
    await page.goto(path);
    await heading("There is nothing here")(page);
    await expectAccessible(page);
  }
});

test.describe("without a session", () => {
  test.use({ isSignedIn: false });

  test("sign in: nothing for axe to find, nothing to scroll sideways", async ({ page }) => {
    await page.goto("/login");
    await heading("Sign in")(page);
    await expectAccessible(page);
  });
});
