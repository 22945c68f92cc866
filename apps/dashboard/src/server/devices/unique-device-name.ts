/** A wished-for name → a DNS label that no other device of the team has. Pure. */
const MAX_LABEL = 63;
const FALLBACK = "device";

export function uniqueDeviceName(wish: string, taken: ReadonlySet<string>): string {
  const label = toLabel(wish);
  if (!taken.has(label)) return label;
  for (let number = 1; ; number++) {
    const suffix = `-${number}`;
    const name = `${label.slice(0, MAX_LABEL - suffix.length).replace(/-+$/, "")}${suffix}`;
    if (!taken.has(name)) return name;
  }
}

/** `Ann's MacBook.local` becomes `anns-macbook`: what stands before the first dot, in letters, digits and hyphens. */
function toLabel(wish: string): string {
  const [host = ""] = wish
    .normalize("NFKD")
    .toLowerCase()
    .replace(/['’]|\p{Mark}/gu, "")
    .split(".");
  const label = host
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, MAX_LABEL)
    .replace(/^-+|-+$/g, "");
  return label === "" ? FALLBACK : label;
}
