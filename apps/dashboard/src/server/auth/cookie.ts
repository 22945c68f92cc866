/** The sign-in cookie: a sealed name of a session row, and nothing else. */
import { createHash } from "node:crypto";
import { decode } from "next-auth/jwt";

/** Over TLS the browser itself sees to it that no other host or path, and no plain connection, can set the cookie. */
export const cookieName = (isSecure: boolean) => (isSecure ? "__Host-pinhole.session" : "pinhole.session");

/** Of the sign-in form: a random value that every browser has before it signs in. */
export const csrfCookieName = (isSecure: boolean) => (isSecure ? "__Host-pinhole.csrf" : "pinhole.csrf");

export const isSecureUrl = (url: string | undefined) => url?.startsWith("https://") ?? false;

/** Sealed tokens are about 300 characters; a header may hold 16 KiB of anything. */
const MAX_TOKEN_LENGTH = 4_096;

/** The session that a `Cookie` header names, or null. Says nothing about whether it still stands. */
export async function readSessionId(
  header: string | null | undefined,
  { secret, isSecure }: { secret: string; isSecure: boolean },
): Promise<string | null> {
  const token = cookieValue(header ?? "", cookieName(isSecure));
  if (token === undefined || token.length > MAX_TOKEN_LENGTH) return null;
  const claims = await decode({ token, secret }).catch(() => null);
  return typeof claims?.["sid"] === "string" ? claims["sid"] : null;
}

/** Tells one browser that is not signed in from another; null for one that has not asked for the sign-in form's cookie. */
export function browserOf(header: string | null | undefined, isSecure: boolean): string | null {
  const value = cookieValue(header ?? "", csrfCookieName(isSecure)) ?? "";
  return value === "" ? null : createHash("sha256").update(value).digest("base64url");
}

export function cookieValue(header: string, name: string): string | undefined {
  for (const part of header.split(";")) {
    const equals = part.indexOf("=");
    if (part.slice(0, equals).trim() === name) return part.slice(equals + 1).trim();
  }
  return undefined;
}
