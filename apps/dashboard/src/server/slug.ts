/** The DNS label nearest to a name: `Ana's Laptop` is `ana-s-laptop`. Empty when nothing of it can be kept. */
export function toDnsLabel(name: string): string {
  return name
    .normalize("NFKD")
    .replace(/\p{Mark}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 63)
    .replace(/^-+|-+$/g, "");
}
