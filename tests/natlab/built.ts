/** Where the built programs are that the lab runs. The tests are of what is shipped, so of the bundle, not of the sources. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const inCheckout = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export const DASHBOARD = inCheckout("apps/dashboard/src/main.ts");
export const ADMIN = inCheckout("apps/dashboard/src/admin/main.ts");

const PAGES = inCheckout("apps/dashboard/.next/BUILD_ID");
const AGENT = inCheckout("apps/agent/dist/pinhole.js");

/** @throws when it has not been built. */
export function agentBundle(): string {
  return mustExist(AGENT);
}

/** @throws when they have not been built. */
export function mustHavePages(): void {
  mustExist(PAGES);
}

function mustExist(path: string): string {
  if (!existsSync(path)) throw new Error(`${path} is missing: run \`npm run build\` first`);
  return path;
}
