/**
 * Just enough XML to read what a gateway says: elements by local name, and their text.
 *
 * The text is a stranger's. There is no document type and so no entity of its own, nothing is fetched, depth and count are
 * bounded, and the time is linear in the length. Attributes are skipped. Text that is no well-formed XML where it matters is refused;
 * a stray ampersand, which routers like to write, is taken as it stands.
 */
import { err, ok, type Result } from "@pinhole/protocol/net";

export type XmlElement = {
  /** Without its prefix. */
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** Of the element itself, trimmed. */
  readonly text: string;
};

export type XmlError = "too-long" | "has-doctype" | "too-deep" | "too-many" | "malformed";

const MAX_LENGTH = 65_536;
const MAX_DEPTH = 32;
const MAX_ELEMENTS = 2_048;

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

type Open = { readonly name: string; readonly children: XmlElement[]; text: string };

export function parseXml(source: string): Result<XmlElement, XmlError> {
  if (source.length > MAX_LENGTH) return err("too-long");
  const root: Open = { name: "", children: [], text: "" };
  const stack: Open[] = [root];
  let count = 0;
  for (let at = 0; at < source.length; ) {
    const inner = stack.at(-1) ?? root;
    const tag = source.indexOf("<", at);
    inner.text += decodeEntities(source.slice(at, tag === -1 ? undefined : tag));
    if (tag === -1) break;
    if (source.startsWith("<!DOCTYPE", tag)) return err("has-doctype");
    const skipped = SKIPPED.find(({ begin }) => source.startsWith(begin, tag));
    const end = skipped === undefined ? tagEnd(source, tag) : source.indexOf(skipped.end, tag + skipped.begin.length);
    if (end === -1) return err("malformed");
    if (skipped !== undefined) {
      if (skipped.isText) inner.text += source.slice(tag + skipped.begin.length, end);
      at = end + skipped.end.length;
      continue;
    }
    at = end + 1;
    const content = source.slice(tag + 1, end);
    const name = /^\/?(?:[\w.-]+:)?([\w.-]+)/.exec(content)?.[1];
    if (name === undefined) return err("malformed");
    if (content.startsWith("/")) {
      if (stack.length === 1 || inner.name !== name) return err("malformed");
      stack.pop();
      close(stack.at(-1) ?? root, inner);
      continue;
    }
    if (++count > MAX_ELEMENTS) return err("too-many");
    const element: Open = { name, children: [], text: "" };
    if (content.endsWith("/")) {
      close(inner, element);
      continue;
    }
    if (stack.push(element) > MAX_DEPTH) return err("too-deep");
  }
  const [document, ...more] = root.children;
  return stack.length === 1 && document !== undefined && more.length === 0 ? ok(document) : err("malformed");
}

/** Every element of that name, however deep, in the order of the text. */
export function elementsNamed(element: XmlElement, name: string): XmlElement[] {
  const inside = element.children.flatMap((child) => elementsNamed(child, name));
  return element.name === name ? [element, ...inside] : inside;
}

export function childText(element: XmlElement, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text;
}

const SKIPPED = [
  { begin: "<?", end: "?>", isText: false },
  { begin: "<!--", end: "-->", isText: false },
  { begin: "<![CDATA[", end: "]]>", isText: true },
] as const;

function close(parent: Open, { name, children, text }: Open): void {
  parent.children.push({ name, children, text: text.trim() });
}

/** The `>` that ends a tag; one within quotes does not. */
function tagEnd(source: string, tag: number): number {
  let quote: string | undefined;
  for (let at = tag + 1; at < source.length; at++) {
    const character = source[at];
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
    } else if (character === '"' || character === "'") quote = character;
    else if (character === ">") return at;
    else if (character === "<") return -1;
  }
  return -1;
}

/** One pass: what a decoded entity says is never decoded again. */
function decodeEntities(text: string): string {
  return text.replace(/&(\w{2,4});/g, (whole, name: string) => ENTITIES[name] ?? whole);
}
