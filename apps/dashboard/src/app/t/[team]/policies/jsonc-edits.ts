/**
 * Single changes to a JSONC text: an entry replaced, added at the end, or taken away. Comments, blank lines and the way
 * that a list is broken stay; what is added follows the way of what is there.
 */
import { createScanner, findNodeAtLocation, type JSONPath, type Node, parseTree } from "jsonc-parser";

const STEP = "  ";

export function nodeAt(text: string, path: JSONPath): Node | undefined {
  const root = parseTree(text, [], { allowTrailingComma: true });
  return root === undefined ? undefined : findNodeAtLocation(root, path);
}

export function replaceNode(text: string, node: Node, value: string): string {
  return splice(text, node.offset, endOf(node), value);
}

/** `item` is an entry of a list, or `"key": value` of an object. */
export function appendItem(text: string, container: Node, item: string): string {
  const last = container.children?.at(-1);
  if (last === undefined) return fill(text, container, item);
  const comma = commaAfter(text, endOf(last));
  if (!text.slice(container.offset, last.offset).includes("\n"))
    return splice(text, endOf(last), endOf(last), `, ${item}`);
  // On a line of its own, below the last one and what is said of it at its end.
  const lineEnd = text.indexOf("\n", comma ?? endOf(last));
  const at = lineEnd === -1 || lineEnd > endOf(container) ? endOf(last) : lineEnd;
  const line = `\n${indentAt(text, last.offset)}${item}`;
  const below = splice(text, at, at, comma === undefined ? line : `${line},`);
  return comma === undefined ? splice(below, endOf(last), endOf(last), ",") : below;
}

/** With the comma that parted it from the others, and its line if it had one to itself. */
export function removeItem(text: string, item: Node): string {
  const after = commaAfter(text, endOf(item));
  const siblings = item.parent?.children ?? [];
  const previous = siblings[siblings.indexOf(item) - 1];
  const before = after === undefined && previous !== undefined ? commaAfter(text, endOf(previous)) : undefined;
  if (before !== undefined && /^[ \t]*$/.test(text.slice(before + 1, item.offset)))
    return splice(text, before, endOf(item), "");
  const cut = cutLine(text, item.offset, after === undefined ? endOf(item) : after + 1);
  return before === undefined ? cut : splice(cut, before, before + 1, "");
}

/** `{ "src": ["*"], "ip": ["tcp:22"] }`, on one line. */
export function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([key, entry]) => `${JSON.stringify(key)}: ${inline(entry)}`)
    .join(", ")} }`;
}

function fill(text: string, container: Node, item: string): string {
  const close = endOf(container) - 1;
  const indent = indentAt(text, container.offset);
  const inner = text.slice(container.offset + 1, close).trimEnd();
  return splice(text, container.offset + 1 + inner.length, close, `\n${indent}${STEP}${item},\n${indent}`);
}

function cutLine(text: string, from: number, to: number): string {
  const lineStart = text.lastIndexOf("\n", from - 1) + 1;
  const [rest = ""] = /^[ \t]*(?=\n|$)/.exec(text.slice(to)) ?? [];
  const isWholeLine = text.slice(lineStart, from).trim() === "" && /^[ \t]*(?:\n|$)/.test(text.slice(to));
  if (isWholeLine) return splice(text, lineStart, to + rest.length + 1, "");
  const [gap = ""] = /^[ \t]*/.exec(text.slice(to)) ?? [];
  return splice(text, from, to + gap.length, "");
}

function commaAfter(text: string, at: number): number | undefined {
  const scanner = createScanner(text, true);
  scanner.setPosition(at);
  scanner.scan();
  const found = scanner.getTokenOffset();
  return text[found] === "," ? found : undefined;
}

function indentAt(text: string, at: number): string {
  const lineStart = text.lastIndexOf("\n", at - 1) + 1;
  return /^[ \t]*/.exec(text.slice(lineStart))?.[0] ?? "";
}

const endOf = ({ offset, length }: Node): number => offset + length;

const splice = (text: string, from: number, to: number, value: string): string =>
  text.slice(0, from) + value + text.slice(to);
