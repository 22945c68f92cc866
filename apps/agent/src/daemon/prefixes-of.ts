import { parsePrefix } from "@pinhole/protocol";

/** One, or none for what is no prefix: the netmap is the dashboard's word. */
export function prefixesOf(text: string) {
  const prefix = parsePrefix(text);
  return prefix.ok ? [prefix.value] : [];
}
