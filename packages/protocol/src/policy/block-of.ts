import type { Prefix } from "../prefix.ts";
import type { Policy } from "./policy.ts";
import { parseBlock, parseSelector, type Selector } from "./selector.ts";

/** The addresses that a selector names outright; undefined for one that names devices or people. */
export function blockOf({ hosts }: Pick<Policy, "hosts">, selector: Selector): Prefix | undefined {
  if (selector.kind === "prefix") return selector.prefix;
  if (selector.kind !== "host" || !Object.hasOwn(hosts, selector.host)) return undefined;
  return parseBlock(hosts[selector.host] ?? "");
}

export const toSelectors = (texts: readonly string[]): readonly Selector[] =>
  texts.flatMap((text) => {
    const selector = parseSelector(text);
    return selector === undefined ? [] : [selector];
  });
