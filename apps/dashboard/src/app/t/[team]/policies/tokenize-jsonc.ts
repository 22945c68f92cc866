export type JsoncToken = { readonly kind: "comment" | "string" | "other"; readonly text: string; readonly at: number };

/** Comments and strings of a JSONC document; everything else in between. Joined, the pieces are the document again. */
export function tokenizeJsonc(document: string): JsoncToken[] {
  const tokens: JsoncToken[] = [];
  const pattern = /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|"(?:[^"\\\n]|\\.)*"?/g;
  let end = 0;
  for (const match of document.matchAll(pattern)) {
    if (match.index > end) tokens.push({ kind: "other", text: document.slice(end, match.index), at: end });
    const [text] = match;
    tokens.push({ kind: text.startsWith("/") ? "comment" : "string", text, at: match.index });
    end = match.index + text.length;
  }
  if (end < document.length) tokens.push({ kind: "other", text: document.slice(end), at: end });
  return tokens;
}
