/** Tags as people type them: separated by spaces or commas, with or without the `tag:` that all of them have. */
export function parseTags(text: string): string[] {
  const words = text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  return [...new Set(words.map((word) => (word.startsWith("tag:") ? word : `tag:${word}`)))];
}
