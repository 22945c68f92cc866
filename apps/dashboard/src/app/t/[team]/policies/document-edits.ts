/** Changes to a policy document that leave everything else as it was written. Text in, text out. */
import type { JSONPath } from "jsonc-parser";
import { appendItem, inline, nodeAt, removeItem, replaceNode } from "./jsonc-edits.ts";

export type GrantFields = {
  readonly src: readonly string[];
  readonly dst: readonly string[];
  readonly ip: readonly string[];
  /** Undefined: the key is taken away. */
  readonly transport?: string | undefined;
  readonly expires?: string | undefined;
};

export function addGrant(text: string, { src, dst, ip, transport, expires }: GrantFields): string {
  const grant = { src, dst, ip, ...(transport && { transport }), ...(expires && { expires }) };
  return addTo(text, "grants", grant);
}

export const addTest = (text: string, test: object): string => addTo(text, "tests", test);

export const removeGrant = (text: string, index: number): string => remove(text, ["grants", index]);

/** Only what differs is written: a list keeps the comments between its entries. */
export function changeGrant(text: string, index: number, fields: GrantFields): string {
  let next = text;
  for (const key of ["src", "dst", "ip"] as const) next = setList(next, ["grants", index, key], fields[key]);
  for (const key of ["transport", "expires"] as const)
    next = setKey(next, ["grants", index], { key, value: fields[key] });
  return next;
}

function setList(text: string, path: JSONPath, wanted: readonly string[]): string {
  const held = nodeAt(text, path)?.children?.length ?? 0;
  let next = text;
  for (let at = held - 1; at >= wanted.length; at--) next = remove(next, [...path, at]);
  for (const [at, entry] of wanted.entries()) {
    const node = nodeAt(next, [...path, at]);
    const list = nodeAt(next, path);
    if (node !== undefined) next = node.value === entry ? next : replaceNode(next, node, JSON.stringify(entry));
    else if (list !== undefined) next = appendItem(next, list, JSON.stringify(entry));
  }
  return next;
}

function setKey(text: string, path: JSONPath, { key, value }: { key: string; value: string | undefined }): string {
  const node = nodeAt(text, [...path, key]);
  const owner = nodeAt(text, path);
  if (value === node?.value || owner === undefined) return text;
  // A property is removed with its key.
  if (value === undefined) return node?.parent === undefined ? text : removeItem(text, node.parent);
  if (node !== undefined) return replaceNode(text, node, JSON.stringify(value));
  return appendItem(text, owner, `${JSON.stringify(key)}: ${JSON.stringify(value)}`);
}

function addTo(text: string, section: "grants" | "tests", value: object): string {
  const list = nodeAt(text, [section]);
  if (list !== undefined) return appendItem(text, list, inline(value));
  const root = nodeAt(text, []);
  if (root === undefined) return text;
  return appendItem(text, root, `${JSON.stringify(section)}: [\n    ${inline(value)},\n  ]`);
}

function remove(text: string, path: JSONPath): string {
  const node = nodeAt(text, path);
  return node === undefined ? text : removeItem(text, node);
}
