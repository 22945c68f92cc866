/** Where the built programs are that the lab runs. The tests are of what is shipped, so of the bundle, not of the sources. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { RUNTIME_FLAGS } from "../../apps/agent/src/daemon/runtime-flags.ts";

const inCheckout = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export const DASHBOARD = inCheckout("apps/dashboard/src/main.ts");
export const ADMIN = inCheckout("apps/dashboard/src/admin/main.ts");

const PAGES = inCheckout("apps/dashboard/.next/BUILD_ID");
const AGENT = inCheckout("apps/agent/dist/pinhole.js");

/** @throws when it has not been built. */
export function agentBundle(): string {
  return mustExist(AGENT);
}

/** The command that the installed `pinhole` is, with this Node. @throws when the bundle has not been built. */
export function pinholeCommand(): readonly [string, ...string[]] {
  return [process.execPath, agentBundle()];
}

/** How the daemon is started: with the flags of `pinhole up` and of the service that the installer writes. */
export function daemonCommand(): readonly [string, ...string[]] {
  return [process.execPath, ...RUNTIME_FLAGS, agentBundle()];
}

/** @throws when they have not been built. */
export function mustHavePages(): void {
  mustExist(PAGES);
}

function mustExist(path: string): string {
  if (!existsSync(path)) throw new Error(`${path} is missing: run \`npm run build\` first`);
  return path;
}
