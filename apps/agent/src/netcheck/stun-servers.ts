/** The STUN servers of a netmap → endpoints that a socket can send to. */
import { lookup } from "node:dns/promises";
import { type Endpoint, parseAddress, parseEndpoint } from "@pinhole/protocol";

/** `:3478` stands for the host of the dashboard's URL. Names are resolved to one address of each family. */
export async function resolveStunServers(stun: readonly string[], dashboard: string): Promise<Endpoint[]> {
  const host = new URL(dashboard).hostname.replace(/^\[|\]$/g, "");
  const found = await Promise.all(
    stun.map((text) => (text.startsWith(":") ? resolveHost(host, Number(text.slice(1))) : fixed(text))),
  );
  return found.flat();
}

async function fixed(text: string): Promise<Endpoint[]> {
  const endpoint = parseEndpoint(text);
  return endpoint.ok ? [endpoint.value] : [];
}

async function resolveHost(host: string, port: number): Promise<Endpoint[]> {
  const records = await lookup(host, { all: true }).catch(() => []);
  const byFamily = [4, 6].flatMap((family) => records.find((record) => record.family === family)?.address ?? []);
  return byFamily.flatMap((text) => {
    const address = parseAddress(text);
    return address.ok ? [{ address: address.value, port }] : [];
  });
}
