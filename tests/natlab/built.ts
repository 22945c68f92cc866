/** Where the built programs are that the lab runs. The tests are of what is shipped, so of the bundle, not of the sources. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const inCheckout = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export const DASHBOARD = inCheckout("apps/dashboard/src/main.ts");
export const ADMIN = inCheckout("apps/dashboard/src/admin/main.ts");

const PAGES = inCheckout("apps/dashboard/.next/BUILD_ID");
const AGENT = inCheckout("apps/agent/dist/pinhole.js");
const INSTALL_SCRIPT = inCheckout("apps/dashboard/src/server/downloads/install.sh");

/** @throws when it has not been built. */
export function agentBundle(): string {
  return mustExist(AGENT);
}

/** The command that the installed `pinhole` is: the same flags, this Node. @throws when the bundle has not been built. */
export function pinholeCommand(): readonly [string, ...string[]] {
  const [, flags] =
    /^exec \/opt\/pinhole\/bin\/node (.*) \/opt\/pinhole\/lib\/pinhole\.js "\$@"$/m.exec(
      readFileSync(INSTALL_SCRIPT, "utf8"),
    ) ?? [];
  if (flags === undefined) throw new Error(`${INSTALL_SCRIPT} does not say how it starts Node`);
  return [process.execPath, ...flags.split(" "), agentBundle()];
}

/** @throws when they have not been built. */
export function mustHavePages(): void {
  mustExist(PAGES);
}

function mustExist(path: string): string {
  if (!existsSync(path)) throw new Error(`${path} is missing: run \`npm run build\` first`);
  return path;
}
