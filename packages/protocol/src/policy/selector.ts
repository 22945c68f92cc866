/**
 * Who a grant speaks of: `*`, `tag:web`, `group:ops`, `ann@example.com`, `autogroup:member`, an alias of `hosts`, an
 * address or a CIDR block.
 *
 * A device's name is no selector on purpose: a machine that enrolls wishes for its own name, and would wish for access
 * with it.
 */
import { parseAddress } from "../address.ts";
import { type Prefix, parsePrefix } from "../prefix.ts";

export type Selector =
  | { readonly kind: "any" }
  | { readonly kind: "tag"; readonly tag: string }
  | { readonly kind: "group"; readonly group: string }
  | { readonly kind: "user"; readonly user: string }
  /** Every device that carries no tag: a person's. */
  | { readonly kind: "members" }
  | { readonly kind: "host"; readonly host: string }
  | { readonly kind: "prefix"; readonly prefix: Prefix };

export const TAG_PATTERN = /^tag:[a-z][a-z0-9-]{0,61}$/;
export const GROUP_PATTERN = /^group:[a-z][a-z0-9-]{0,61}$/;
export const USER_PATTERN = /^[^\s@:\p{C}]{1,64}@[^\s@:\p{C}]{1,189}$/u;
export const HOST_PATTERN = /^[a-zA-Z][a-zA-Z0-9-]{0,62}$/;

export function parseSelector(text: string): Selector | undefined {
  if (text === "*") return { kind: "any" };
  if (text === "autogroup:member") return { kind: "members" };
  if (TAG_PATTERN.test(text)) return { kind: "tag", tag: text };
  if (GROUP_PATTERN.test(text)) return { kind: "group", group: text };
  if (USER_PATTERN.test(text)) return { kind: "user", user: text.toLowerCase() };
  const prefix = parseBlock(text);
  if (prefix !== undefined) return { kind: "prefix", prefix };
  return HOST_PATTERN.test(text) ? { kind: "host", host: text } : undefined;
}

/** An address or a block of them. */
export function parseBlock(text: string): Prefix | undefined {
  const prefix = parsePrefix(text);
  if (prefix.ok) return prefix.value;
  const address = parseAddress(text);
  return address.ok ? { address: address.value, length: address.value.includes(":") ? 128 : 32 } : undefined;
}
