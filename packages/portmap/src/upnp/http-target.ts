/**
 * Where a gateway says that it is to be talked to.
 *
 * Whoever is on the LAN can claim to be a gateway, and must not make us send requests to third parties: only plain http to an IP
 * address is taken, and the address has to be the speaker's own, or the default gateway's, and on a prefix of our interface.
 */
import { addressScope, contains, err, ok, parseAddress, type Prefix, type Result } from "@pinhole/protocol/net";
import type { HttpTarget } from "../contract.ts";

export type TargetRefusal = "bad-url" | "not-http" | "not-an-address" | "elsewhere";

const MAX_PATH_LENGTH = 256;

type Context = {
  /** Who sent the answer with the URL. */
  readonly speaker: string;
  readonly gateway: string;
  readonly onLink: readonly Prefix[];
};

export function parseLocation(text: string, { speaker, gateway, onLink }: Context): Result<HttpTarget, TargetRefusal> {
  const target = parseHttp(text);
  if (!target.ok) return target;
  const { address } = target.value;
  const isNear = address === gateway || onLink.some((prefix) => contains(prefix, address));
  const isKnown = address === gateway || address === speaker || isGatewayItself(speaker, gateway);
  return isNear && isKnown ? target : err("elsewhere");
}

/** The URL of a service, relative to the description's; on the same host, whatever it says. */
export function resolveService(
  text: string,
  base: string | undefined,
  description: HttpTarget,
): Result<HttpTarget, TargetRefusal> {
  const own = formatTarget(description);
  const around = base === undefined || base === "" ? own : base;
  if (!URL.canParse(text, around)) return err("bad-url");
  const target = parseHttp(new URL(text, around).href);
  return target.ok && target.value.address !== description.address ? err("elsewhere") : target;
}

function parseHttp(text: string): Result<HttpTarget, TargetRefusal> {
  if (!URL.canParse(text)) return err("bad-url");
  const url = new URL(text);
  if (url.protocol !== "http:") return err("not-http");
  if (url.username !== "" || url.password !== "") return err("bad-url");
  const address = parseAddress(url.hostname.replace(/^\[|\]$/g, ""));
  if (!address.ok) return err("not-an-address");
  const port = url.port === "" ? 80 : Number(url.port);
  const path = `${url.pathname}${url.search}`;
  if (port === 0 || path.length > MAX_PATH_LENGTH) return err("bad-url");
  return ok({ address: address.value, port, path });
}

export function formatTarget({ address, port, path }: HttpTarget): string {
  return `http://${hostOf({ address, port })}${path}`;
}

/** For the Host header. */
export function hostOf({ address, port }: Pick<HttpTarget, "address" | "port">): string {
  return `${address.includes(":") ? `[${address}]` : address}:${port}`;
}

/** Over IPv6 it answers from its link-local address, which is the default gateway's, and names another of its own. */
function isGatewayItself(speaker: string, gateway: string): boolean {
  return speaker === gateway && addressScope(gateway) === "link-local";
}
