/** The machine's own browser → the dashboard in the lab. */
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Lab } from "../natlab/lab.ts";
import { SERVER_ADDRESSES } from "../natlab/topology.ts";

const FORWARD = fileURLToPath(new URL("./forward.ts", import.meta.url));

export type Doorway = { readonly port: number; readonly close: () => void };

/** Listens on the loopback alone; on a port of the system's choosing where the wanted one is taken. */
export async function openDoorway(lab: Lab, wantedPort: number, dashboardPort: number): Promise<Doorway> {
  const socketPath = join(lab.directory, "doorway");
  const argv = [process.execPath, FORWARD, socketPath, SERVER_ADDRESSES[0], String(dashboardPort)] as const;
  await lab.spawn("server", [...argv]).waitForLine(/forwarding/, 10_000);
  const listener = createServer({ allowHalfOpen: true }, (browser) => {
    const inside = connect({ path: socketPath, allowHalfOpen: true });
    browser.pipe(inside).pipe(browser);
    browser.on("error", () => inside.destroy());
    inside.on("error", () => browser.destroy());
  });
  const port = (await listen(listener, wantedPort)) ?? (await listen(listener, 0));
  if (port === undefined) throw new Error("no port of the loopback is free");
  return { port, close: () => listener.close() };
}

/** Undefined when the port is taken. */
function listen(listener: Server, port: number): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  const onError = (): void => resolve(undefined);
  listener.once("error", onError);
  listener.listen(port, "127.0.0.1", () => {
    listener.off("error", onError);
    const address = listener.address();
    resolve(typeof address === "object" && address ? address.port : undefined);
  });
  return promise;
}
