/** `pha_` and 256 random bits: the prefix lets scanners of public code find a leaked one. Kept as a hash alone. */
import { createHash, randomBytes } from "node:crypto";

const BYTES = 32;
const VISIBLE_LENGTH = 10;
const PATTERN = /^pha_[\w-]{43}$/;

export type TokenText = { readonly token: string; readonly secretHash: string; readonly visiblePrefix: string };

export function newTokenText(): TokenText {
  const token = `pha_${randomBytes(BYTES).toString("base64url")}`;
  return { token, secretHash: hashToken(token), visiblePrefix: token.slice(0, VISIBLE_LENGTH) };
}

export const isTokenText = (text: string): boolean => PATTERN.test(text);

export const hashToken = (token: string): string => createHash("sha256").update(token).digest("hex");

/** What an `Authorization` header presents; a proxy's own scheme in it is none of our business. */
export function bearerOf(header: string | null | undefined): string | null {
  return /^Bearer (\S{1,128})$/i.exec(header ?? "")?.[1] ?? null;
}
