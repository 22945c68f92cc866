/**
 * Pictures of every page, light and dark, wide and narrow, and what axe says of each:
 *
 *     node_modules/.bin/node tests/e2e/look/main.ts [directory] [words that a picture's name must have]
 *
 * For people who change how pages look. Needs a built dashboard; leaves nothing but the pictures.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContext, chromium, type Page } from "@playwright/test";
import { device, team as teamTable, user } from "@pinhole/drizzle/schema";
import { type TestServer, TestAgent } from "../../../apps/dashboard/src/server/agent/testing.ts";
import { NO_PASSWORD } from "../../../apps/dashboard/src/server/auth/password.ts";
import { getProcess } from "../../../apps/dashboard/src/server/process.ts";
import { type Dashboard, startDashboard } from "../../../apps/dashboard/src/server/start-dashboard.ts";
import { askAgain } from "./ask-again.ts";
import { type Member, seedFleet } from "./fleet.ts";
import { listen } from "./listen.ts";
import { makeMember } from "./make-member.ts";
import { seedPeople } from "./people.ts";

const [out = join(tmpdir(), "pinhole-look"), ...wanted] = process.argv.slice(2);
const AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const OWNER = { name: "Ana Ruiz", email: "ana@example.net", password: "a few words are better", team: "Harbour crew" };
/** With something to warn of, and a test that fails. */
const DRAFT = `{
  "tagOwners": { "tag:public": [], "tag:server": ["ana@example.net"] },
  "grants": [
    // Everybody to the servers.
    { "src": ["autogroup:member"], "dst": ["tag:server"], "ip": ["tcp:22", "icmp"] },
    { "src": ["nobody@example.net"], "dst": ["tag:server"], "ip": ["tcp:22"], "expires": "2026-01-01T00:00:00Z" },
  ],
  "tests": [{ "src": "tag:server", "accept": ["tag:public:443"] }],
}
`;
const SIZES = [
  { width: 1280, height: 800 },
  { width: 320, height: 640 },
] as const;

/** Links inside sentences and rows are exempt (WCAG 2.5.8, inline); everything that looks like a control is not. */
const SMALL_TARGETS = `[...document.querySelectorAll("button, select, summary, input, [role=tab], nav a")]
  .filter((element) => element.checkVisibility() && !element.closest("[inert]"))
  .map((element) => [element, element.getBoundingClientRect()])
  .filter(([, { width, height }]) => width > 1 && (width < 24 || height < 23.5))
  .map(([element, { width, height }]) => element.outerHTML.slice(0, 100) + " " + width.toFixed(0) + "×" + height.toFixed(0))`;

Object.assign(process.env, { NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1", AUTH_TRUST_HOST: "1" });
mkdirSync(out, { recursive: true });
const data = mkdtempSync(join(tmpdir(), "pinhole-look-data-"));
const dashboard = await startDashboard(
  {
    host: "127.0.0.1",
    port: 0,
    dataDirectory: data,
    url: undefined,
    proxies: [],
    stunAddresses: [],
    stunPort: 0,
    relays: [],
    relayStun: [],
    // Nothing listens there: what is sent fails, which is to be seen too.
    mail: {
      host: "127.0.0.1",
      port: 9,
      isSecure: false,
      credentials: undefined,
      from: { name: "Pinhole", address: "pinhole@example.net" },
    },
    oidc: {
      issuer: "https://id.example.net/",
      clientId: "pinhole",
      clientSecret: "none",
      name: "Harbour",
      trustedDomains: [],
    },
  },
  false,
);
const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
let problems = 0;
try {
  await look(browser, dashboard);
} finally {
  await browser.close();
  await dashboard.close();
  rmSync(data, { recursive: true, force: true });
}
console.log(`\n${problems} problems. Pictures are in ${out}`);
process.exit(problems === 0 ? 0 : 1);

async function look(in_: Browser, { port, setupCode = "" }: Dashboard): Promise<void> {
  // By a name: for an address, browsers have no passkeys.
  const origin = `http://localhost:${port}`;
  await everywhere(in_, origin, [["setup", "/setup"]]);

  const context = await in_.newContext({ baseURL: origin });
  const page = await context.newPage();
  await setUp(page, setupCode);
  const state = await context.storageState();
  await everywhere(in_, origin, [
    ["login", "/login"],
    ["link", `/login/link/${"x".repeat(43)}`],
    ["missing", "/nowhere"],
  ]);
  const t = "/t/harbour-crew";
  await everywhere(
    in_,
    origin,
    [
      ["empty-devices", `${t}/devices`],
      ["empty-connections", `${t}/connections`],
      ["empty-relays", `${t}/relays`],
      ["empty-enrollment", `${t}/enrollment`],
    ],
    state,
  );

  const { db } = getProcess();
  const team = db.select().from(teamTable).get();
  const owner = db.select().from(user).get();
  if (team === undefined || owner === undefined) throw new Error("set-up made no team");
  seedPeople(db, team, owner, Date.now());
  const members = seedFleet(db, team, Date.now());
  const agents = members.filter(({ isOnline }) => isOnline).map((member) => connect(member, port));
  const tokenId = await createToken(page, t);
  await until(() => getProcess().hub.onlineDeviceIds(team.id).size === agents.length);

  const id = (name: string) => members.find(({ row }) => row.name === name)?.row.id ?? "";
  const pair = (a: string, b: string) => [id(a), id(b)].toSorted().join("..");
  await everywhere(
    in_,
    origin,
    [
      ["devices", `${t}/devices`],
      ["devices-nothing", `${t}/devices?q=nothing`],
      ["device", `${t}/devices/${id("laptop")}`],
      ["device-waiting", `${t}/devices/${id("runner-7f3a")}`],
      ["device-hard", `${t}/devices/${id("office-pc")}`],
      ["add", `${t}/devices/add`],
      ["add-waiting", `${t}/devices/add?token=${tokenId}`],
      ["connections", `${t}/connections`],
      ["nat-matrix", `${t}/connections/matrix`],
      ["pair-direct", `${t}/connections/${pair("laptop", "vps-frankfurt")}`],
      ["pair-relayed", `${t}/connections/${pair("office-pc", "phone-hotspot")}`],
      ["relays", `${t}/relays`],
      ["enrollment", `${t}/enrollment`],
      ["policies", `${t}/policies`],
      ["simulate-empty", `${t}/policies/simulate`],
      ["simulate-allowed", `${t}/policies/simulate?src=laptop&dst=nas`],
      ["simulate-denied", `${t}/policies/simulate?src=laptop&dst=nas&policy=3`],
      ["simulate-many", `${t}/policies/simulate?src=*&dst=tag:public`],
      ["simulate-from", `${t}/policies/simulate?src=laptop&tab=from`],
      ["simulate-unknown", `${t}/policies/simulate?src=nobody&dst=nas`],
      ["members", `${t}/members`],
      ["activity", `${t}/activity`],
      ["settings", `${t}/settings`],
      ["api-tokens", `${t}/settings/api-tokens`],
      ["webhooks", `${t}/settings/webhooks`],
      ["missing-inside", `${t}/nowhere`],
    ],
    state,
  );
  await inMotion(in_, origin, t, state);
  makeMember(db, team.id, id("laptop"));
  await everywhere(
    in_,
    origin,
    [
      ["member-devices", `${t}/devices`],
      ["member-device", `${t}/devices/${id("laptop")}`],
      ["member-connections", `${t}/connections`],
      ["member-add", `${t}/devices/add`],
      ["member-enrollment", `${t}/enrollment`],
      ["member-policies", `${t}/policies`],
    ],
    state,
  );
  for (const agent of agents) agent.disconnect();
  db.delete(device).run();
}

type Place = readonly [name: string, path: string];
type State = Awaited<ReturnType<BrowserContext["storageState"]>>;

async function everywhere(in_: Browser, origin: string, places: readonly Place[], storageState?: State): Promise<void> {
  for (const viewport of SIZES) {
    for (const colorScheme of ["light", "dark"] as const) {
      const context = await in_.newContext({
        baseURL: origin,
        viewport,
        colorScheme,
        ...(storageState && { storageState }),
      });
      const page = await context.newPage();
      for (const [name, path] of places) {
        const picture = `${name}-${viewport.width}-${colorScheme}`;
        if (!isWanted(picture)) continue;
        const noise = listen(page);
        await page.goto(path, { waitUntil: "load" });
        await settle(page);
        await examine(page, picture, noise);
      }
      await context.close();
    }
  }
}

/** What is only there after a click. */
async function inMotion(in_: Browser, origin: string, t: string, storageState: State): Promise<void> {
  for (const viewport of SIZES) {
    for (const colorScheme of ["light", "dark"] as const) {
      const suffix = `${viewport.width}-${colorScheme}`;
      const context = await in_.newContext({ baseURL: origin, viewport, colorScheme, storageState });
      const page = await context.newPage();
      const steps: readonly (readonly [string, () => Promise<void>])[] = [
        [
          "menu",
          async () => {
            await page.goto(`${t}/devices`);
            await page.getByRole("button", { name: "Actions for nas" }).click();
          },
        ],
        ["rename", async () => page.getByRole("menuitem", { name: "Rename" }).click()],
        [
          "revoke-toast",
          async () => {
            await page.keyboard.press("Escape");
            await page.getByRole("button", { name: "Actions for old-tablet" }).click();
            await page.getByRole("menuitem", { name: "Revoke" }).click();
            await page.getByRole("button", { name: "Undo" }).waitFor();
          },
        ],
        [
          "create-token",
          async () => {
            await page.getByRole("button", { name: "Undo" }).click();
            await page.goto(`${t}/enrollment`);
            await page.getByRole("button", { name: "Create token" }).click();
          },
        ],
        ["token-shown", async () => page.getByRole("dialog").getByRole("button", { name: "Create token" }).click()],
        [
          "second-factor",
          async () => {
            await page.goto(`${t}/settings`);
            await page.getByRole("button", { name: "Turn on" }).click();
            await page.getByRole("img", { name: "QR code" }).waitFor();
          },
        ],
        [
          "invite-not-sent",
          async () => {
            await page.goto(`${t}/members`);
            await page.getByRole("button", { name: "Invite" }).click();
            await page.getByLabel("E-mail").fill("otto@example.net");
            await page.getByRole("button", { name: "Create invite" }).click();
            await page.getByText("was not sent").waitFor();
          },
        ],
        [
          "invites",
          async () => {
            await page.getByRole("button", { name: "Close" }).last().click();
            await page.getByRole("tab", { name: /^Invites/ }).click();
          },
        ],
        [
          "create-api-token",
          async () => {
            await page.goto(`${t}/settings/api-tokens`);
            await page.getByRole("button", { name: "Create API token" }).click();
          },
        ],
        [
          "api-token-shown",
          async () => {
            const dialog = page.getByRole("dialog");
            await dialog.getByLabel("Name", { exact: true }).fill("deploy");
            await dialog.getByRole("button", { name: "Create API token" }).click();
            await page.getByRole("button", { name: "Copy token" }).waitFor();
          },
        ],
        ["api-tokens-some", async () => page.getByRole("button", { name: "I have copied it" }).click()],
        [
          "create-webhook",
          async () => {
            await page.goto(`${t}/settings/webhooks`);
            await page.getByRole("button", { name: "Create webhook" }).click();
          },
        ],
        [
          "webhook-shown",
          async () => {
            const dialog = page.getByRole("dialog");
            await dialog.getByLabel("Name", { exact: true }).fill("chat room");
            await dialog.getByLabel("Address").fill("http://127.0.0.1:9/hook");
            await dialog.getByRole("button", { name: "Create webhook" }).click();
            await page.getByRole("button", { name: "Copy secret" }).waitFor();
          },
        ],
        [
          "webhook-deliveries",
          async () => {
            await page.getByRole("button", { name: "I have copied it" }).click();
            await page.getByRole("button", { name: "Test chat room" }).first().click();
            await page
              .getByText(/private network/)
              .first()
              .waitFor();
          },
        ],
        ["webhooks-some", async () => page.getByRole("button", { name: "Close" }).click()],
        [
          "shortcuts",
          async () => {
            await page.goto(`${t}/devices`);
            await settle(page);
            await page.keyboard.press("?");
          },
        ],
        [
          "policy-source",
          async () => {
            await page.goto(`${t}/policies`);
            await page.getByRole("button", { name: "Edit" }).click();
            await page.getByLabel("Document").fill(DRAFT);
            await page.getByText("Likely not meant").waitFor();
          },
        ],
        ["policy-rules", async () => page.getByRole("tab", { name: "Rules" }).click()],
        [
          "policy-kept",
          async () => {
            page.once("dialog", (dialog) => void dialog.accept());
            await page.goto(`${t}/policies`);
            await page.getByRole("button", { name: "Throw it away" }).waitFor();
          },
        ],
        ["step-up", async () => askAgain(page, t)],
        ["step-up-no-password", async () => askAgain(page, t, NO_PASSWORD)],
        [
          "command",
          async () => {
            await page.goto(`${t}/devices/add`);
            await page.getByRole("button", { name: "Create token" }).click();
            await page.getByRole("button", { name: "Copy command" }).waitFor();
          },
        ],
      ];
      for (const [name, step] of steps) {
        const noise = listen(page);
        await step();
        await settle(page);
        if (isWanted(`${name}-${suffix}`)) await examine(page, `${name}-${suffix}`, noise);
      }
      await context.close();
    }
  }
}

async function examine(page: Page, picture: string, noise: readonly string[]): Promise<void> {
  await page.screenshot({ path: join(out, `${picture}.png`), fullPage: true });
  const found = await new AxeBuilder({ page }).withTags(AXE_TAGS).analyze();
  const wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
  const small = (await page.evaluate(SMALL_TARGETS)) as string[];
  const said = [
    ...found.violations.map(
      ({ id, help, nodes }) =>
        `axe ${id}: ${help}\n      ${nodes
          .slice(0, 3)
          .map(({ html }) => html.slice(0, 160))
          .join("\n      ")}`,
    ),
    ...(typeof wide === "number" && wide > 0 ? [`scrolls sideways by ${wide} px`] : []),
    ...small.map((target) => `smaller than 24 px: ${target}`),
    ...noise,
  ];
  problems += said.length;
  console.log(said.length === 0 ? `ok  ${picture}` : `    ${picture}\n    - ${said.join("\n    - ")}`);
}

async function settle(page: Page): Promise<void> {
  await page.waitForLoadState("networkidle", { timeout: 2_000 }).catch(() => undefined);
  await page.evaluate("document.fonts.ready");
  await page.waitForTimeout(250);
}

async function setUp(page: Page, code: string): Promise<void> {
  await page.goto("/setup");
  await page.getByLabel("Set-up code").fill(code);
  await page.getByLabel("Your name").fill(OWNER.name);
  await page.getByLabel("E-mail").fill(OWNER.email);
  await page.getByLabel("Password").fill(OWNER.password);
  await page.getByLabel("Team").fill(OWNER.team);
  await page.getByRole("button", { name: "Create account and team" }).click();
  await page.waitForURL(/\/t\/harbour-crew\/devices/);
}

async function createToken(page: Page, t: string): Promise<string> {
  await page.goto(`${t}/devices/add`);
  await page.getByRole("button", { name: "Create token" }).click();
  await page.waitForURL(/token=tok_/);
  return new URL(page.url()).searchParams.get("token") ?? "";
}

/** An agent that is online and does nothing else. */
function connect({ row, identity }: Member, port: number): TestAgent {
  const server = { url: `ws://127.0.0.1:${port}/agent/v1`, keys: getProcess().keys } as unknown as TestServer;
  const agent = new TestAgent(server, row, identity);
  agent.follow();
  return agent;
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !isTrue(); tries++) await new Promise((resolve) => setTimeout(resolve, 50));
  if (!isTrue()) throw new Error("the agents did not come online");
}

function isWanted(picture: string): boolean {
  return wanted.every((word) => picture.includes(word));
}
