type Item = { readonly textContent: string | null };

/** Where a key leads in a menu: the arrows go round, a letter goes to the next item that begins with it. */
export function nextItem<T extends Item>(items: readonly T[], current: unknown, key: string): T | undefined {
  const at = items.findIndex((item) => item === current);
  switch (key) {
    case "ArrowDown":
      return items[(at + 1) % items.length];
    case "ArrowUp":
      return items[at <= 0 ? items.length - 1 : at - 1];
    case "Home":
      return items[0];
    case "End":
      return items.at(-1);
    default:
      return key.length === 1 && key !== " " ? byLetter(items, at, key.toLowerCase()) : undefined;
  }
}

function byLetter<T extends Item>(items: readonly T[], at: number, letter: string): T | undefined {
  return [...items.slice(at + 1), ...items.slice(0, at + 1)].find(({ textContent }) =>
    textContent?.trim().toLowerCase().startsWith(letter),
  );
}
