export type TokenId = `tok_${string}`;

/** From the address: `?token=tok_…`. */
export function parseTokenId(value: unknown): TokenId | undefined {
  return isTokenId(value) ? value : undefined;
}

function isTokenId(value: unknown): value is TokenId {
  return typeof value === "string" && /^tok_[0-9a-f]{32}$/.test(value);
}
