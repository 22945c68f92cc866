/** The dashboard's URL as a person gives it → where each thing is. */
import { err, ok, type Result } from "@pinhole/protocol";
import { CONTROL_PATH, RELAY_PATH } from "@pinhole/protocol/control";

export function parseServerUrl(text: string): Result<URL, string> {
  const url = URL.parse(text.includes("://") ? text : `http://${text}`);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    return err(
      `"${text}" is no address of a dashboard. It looks like https://pinhole.example or http://192.0.2.1:3000.`,
    );
  }
  url.hash = "";
  url.search = "";
  return ok(url);
}

export const controlUrl = (server: string): string => webSocketUrl(server, CONTROL_PATH);

/** An empty relay URL is the dashboard's own relay. `undefined`: the netmap names none that can be dialled. */
export function relayUrl(server: string, relay: string): string | undefined {
  if (relay === "") return webSocketUrl(server, RELAY_PATH);
  const url = URL.parse(relay);
  return url !== null && ["ws:", "wss:"].includes(url.protocol) && url.hash === "" ? url.href : undefined;
}

function webSocketUrl(server: string, path: string): string {
  const url = new URL(server);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.pathname = url.pathname.replace(/\/$/, "") + path;
  return url.href;
}
