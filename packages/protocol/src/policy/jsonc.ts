/**
 * JSON with comments and trailing commas, read strictly: no duplicate keys, no other leniency, bounded in size and depth.
 *
 * It remembers where each value stands, so that a fault which is found only when the document is understood can still be
 * shown at its line. Objects have no prototype: a key called `__proto__` is a key.
 */
import { err, ok, type Result } from "../result.ts";

export const MAX_DOCUMENT_LENGTH = 262_144;
const MAX_DEPTH = 16;

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** `line` and `column` count from 1. */
export type TextFault = {
  readonly message: string;
  readonly offset: number;
  readonly line: number;
  readonly column: number;
};

export type JsonDocument = {
  readonly value: Json;
  /** Where the value at a path begins; for a path that is not there, where the nearest value above it does. */
  readonly offsetAt: (path: readonly PropertyKey[]) => number;
};

export function parseJsonc(text: string): Result<JsonDocument, TextFault> {
  if (text.length > MAX_DOCUMENT_LENGTH) {
    return err(faultAt(text, 0, `the document is longer than ${MAX_DOCUMENT_LENGTH} characters`));
  }
  const parser = new Parser(text);
  try {
    const value = parser.document();
    return ok({ value, offsetAt: (path) => parser.offsetAt(path) });
  } catch (error) {
    if (error instanceof Fault) return err(faultAt(text, error.offset, error.message));
    throw error;
  }
}

export function faultAt(text: string, offset: number, message: string): TextFault {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { message, offset, line: before.split("\n").length, column: offset - lineStart + 1 };
}

/** Unwinds the recursion; never leaves this module. */
class Fault extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /[A-Za-z0-9_$]+/y;
const HEX4 = /^[0-9a-fA-F]{4}$/;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};
const LITERALS = new Map<string, Json>([
  ["true", true],
  ["false", false],
  ["null", null],
]);

class Parser {
  readonly #text: string;
  readonly #offsets = new Map<string, number>();
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  offsetAt(path: readonly PropertyKey[]): number {
    for (let length = path.length; length >= 0; length--) {
      const offset = this.#offsets.get(pathKey(path.slice(0, length)));
      if (offset !== undefined) return offset;
    }
    return 0;
  }

  document(): Json {
    const value = this.#value([]);
    this.#space();
    if (this.#at < this.#text.length) throw new Fault("nothing may follow the document", this.#at);
    return value;
  }

  #value(path: readonly PropertyKey[]): Json {
    this.#space();
    this.#offsets.set(pathKey(path), this.#at);
    if (path.length >= MAX_DEPTH) throw new Fault(`nested deeper than ${MAX_DEPTH} levels`, this.#at);
    const character = this.#text[this.#at];
    if (character === "{") return this.#object(path);
    if (character === "[") return this.#array(path);
    if (character === '"') return this.#string();
    return this.#numberOrLiteral();
  }

  #object(path: readonly PropertyKey[]): Json {
    const object: Record<string, Json> = Object.create(null);
    this.#at++;
    for (;;) {
      this.#space();
      if (this.#take("}")) return object;
      const keyAt = this.#at;
      if (this.#text[keyAt] !== '"') throw new Fault('expected a key in double quotes, or "}"', keyAt);
      const key = this.#string();
      // Two readers of one document could otherwise disagree on which of the two counts.
      if (Object.hasOwn(object, key)) throw new Fault(`the key ${JSON.stringify(key)} is there twice`, keyAt);
      this.#space();
      if (!this.#take(":")) throw new Fault('expected ":"', this.#at);
      object[key] = this.#value([...path, key]);
      this.#space();
      if (this.#take(",")) continue;
      if (this.#take("}")) return object;
      throw new Fault('expected "," or "}"', this.#at);
    }
  }

  #array(path: readonly PropertyKey[]): Json {
    const array: Json[] = [];
    this.#at++;
    for (;;) {
      this.#space();
      if (this.#take("]")) return array;
      array.push(this.#value([...path, array.length]));
      this.#space();
      if (this.#take(",")) continue;
      if (this.#take("]")) return array;
      throw new Fault('expected "," or "]"', this.#at);
    }
  }

  #string(): string {
    const start = this.#at++;
    let text = "";
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined || character < " ") throw new Fault("the string does not end on its line", start);
      this.#at++;
      if (character === '"') return text;
      text += character === "\\" ? this.#escape() : character;
    }
  }

  #escape(): string {
    const at = this.#at - 1;
    const character = this.#text[this.#at++] ?? "";
    if (character === "u") {
      const digits = this.#text.slice(this.#at, this.#at + 4);
      if (!HEX4.test(digits)) throw new Fault("expected four hexadecimal digits after \\u", at);
      this.#at += 4;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const meaning = ESCAPES[character];
    if (meaning === undefined) throw new Fault("unknown escape in a string", at);
    return meaning;
  }

  #numberOrLiteral(): Json {
    const start = this.#at;
    const number = this.#match(NUMBER);
    const word = this.#match(WORD);
    if (number !== "" && word === "") return Number(number);
    const literal = number === "" ? LITERALS.get(word) : undefined;
    if (literal === undefined) throw new Fault("expected a value", start);
    return literal;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [text = ""] = pattern.exec(this.#text) ?? [];
    this.#at += text.length;
    return text;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #space(): void {
    for (;;) {
      const character = this.#text[this.#at];
      if (character === " " || character === "\n" || character === "\r" || character === "\t") this.#at++;
      else if (character === "/") this.#comment();
      else return;
    }
  }

  #comment(): void {
    const start = this.#at;
    const kind = this.#text[start + 1];
    if (kind !== "/" && kind !== "*") throw new Fault("expected a value", start);
    const end = this.#text.indexOf(kind === "/" ? "\n" : "*/", start + 2);
    if (end === -1 && kind === "*") throw new Fault("the comment does not end", start);
    this.#at = end === -1 ? this.#text.length : end + (kind === "/" ? 1 : 2);
  }
}

const pathKey = (path: readonly PropertyKey[]): string => JSON.stringify(path.map(String));
