import type { Page } from "@playwright/test";

/** What the page complains of from here on, but for what is not there, and what waits for a proof of who one is. */
export function listen(page: Page): string[] {
  const noise: string[] = [];
  page.removeAllListeners("console");
  page.removeAllListeners("pageerror");
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()) && !/40[34]/.test(message.text()))
      noise.push(`console: ${message.text().slice(0, 300)}`);
  });
  page.on("pageerror", (error) => noise.push(`uncaught: ${error.message}`));
  return noise;
}
