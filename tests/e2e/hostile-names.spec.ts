/** A thousand names that were given out of malice, on every page that shows names. */
import type { Page } from "@playwright/test";
import { HOSTILE_NAMES, seedHostileTeam } from "./fixtures/hostile-team.ts";
import { findTeam, TEAM_PATH } from "./fixtures/team.ts";
import { expect, test } from "./fixtures/test.ts";

// Pictures of tables with hundreds of rows, taken at every step, would be most of the time.
test.use({ networks: { bystander: "public" }, trace: "off" });

test("a thousand hostile names are text on every page, and nothing else", async ({ page, context, db }) => {
  test.setTimeout(240_000);
  const { device, pair } = seedHostileTeam(db, findTeam(db));
  let calls = 0;
  await context.exposeFunction("pwned", () => calls++);
  context.on("dialog", () => calls++);

  const pages = [
    ["/devices", /devices/i],
    [`/devices/${device}`, /./],
    ["/connections", /connections/i],
    [`/connections/${pair}`, /./],
    ["/relays", /relays/i],
    ["/enrollment", /enrollment/i],
    ["/policies", /policies/i],
    ["/policies/simulate", /simulator/i],
    ["/members", /members/i],
    ["/activity", /activity/i],
    ["/settings/api-tokens", /API tokens/],
    ["/settings/webhooks", /webhooks/i],
    ["/settings", /settings/i],
  ] as const;
  let names = 0;
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 800 });
    for (const [path, title] of pages) {
      await test.step(`${path} at ${width} px`, async () => {
        await page.goto(`${TEAM_PATH}${path}`);
        await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
        await page.waitForLoadState("networkidle");
        names += await expectHarmless(page, `${path} at ${width} px`);
      });
    }
  }
  expect(calls).toBe(0);
  // The pages did show them: this looked at something.
  expect(names).toBeGreaterThan(HOSTILE_NAMES / 21);
});

/** Yields how many texts it saw that turn the direction of writing. */
async function expectHarmless(page: Page, where: string): Promise<number> {
  const seen = await page.evaluate(() => {
    const turns = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c]/;
    const leaking = new Set<string>();
    let turning = 0;
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
      const parent = node.parentElement;
      if (parent === null || !turns.test(node.nodeValue ?? "") || /^(?:script|style|template)$/i.test(parent.tagName))
        continue;
      turning++;
      const { unicodeBidi, display } = getComputedStyle(parent);
      const isAlone = [...parent.childNodes].every((child) => child === node || child.textContent?.trim() === "");
      const isApart = display !== "inline" || unicodeBidi.startsWith("isolate") || unicodeBidi === "plaintext";
      if (!isApart || !isAlone) leaking.add(`${parent.outerHTML.replace(/<([a-z]+)[^>]*>/g, "<$1>").slice(0, 160)}`);
    }
    const { scrollWidth, clientWidth } = document.documentElement;
    return {
      turning,
      leaking: [...leaking].slice(0, 40),
      built: document.querySelectorAll("[data-hostile]").length,
      isWiderThanScreen: scrollWidth > clientWidth,
    };
  });
  expect.soft(seen, where).toMatchObject({ leaking: [], built: 0, isWiderThanScreen: false });
  return seen.turning;
}
