/** Next, for the pages alone. */
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import next from "next";
import { StartProblem } from "../start-problem.ts";
import type { NextHandler } from "./request-listener.ts";
import type { UpgradeListener } from "./upgrade-listener.ts";

const APP = fileURLToPath(new URL("../../..", import.meta.url));

export type NextApp = {
  readonly handle: NextHandler;
  /** For reloading, in development. */
  readonly upgrade: UpgradeListener | undefined;
  close(): Promise<void>;
};

type Options = { readonly isDev: boolean; readonly hostname: string; readonly port: number };

export async function startNext({ isDev, hostname, port }: Options): Promise<NextApp> {
  if (!isDev && !existsSync(join(APP, ".next", "BUILD_ID"))) {
    throw new StartProblem("The pages have not been built. Start the dashboard with `npm start`, which builds them.");
  }
  const app = next({
    dev: isDev,
    dir: APP,
    hostname,
    port,
    quiet: true,
    customServer: true,
    // Next adds an upgrade listener of its own to the server that it finds: this one never listens.
    httpServer: createServer(),
  });
  await app.prepare();
  const upgrade = isDev ? app.getUpgradeHandler() : undefined;
  return {
    handle: app.getRequestHandler(),
    upgrade: upgrade && ((request, socket, head) => void upgrade(request, socket, head)),
    close: () => app.close(),
  };
}
