/** Why there is no session, for people. What the server says is cut to a length that fits a line. */
import type { OpenError } from "./open-control.ts";

const MAX_WORDS = 200;

export const REVOKED_WORDS = "This device was revoked in the dashboard.";

export function openErrorWords(error: OpenError, server: string): string {
  if (error.code === "unreachable") return `${server} cannot be reached: ${error.words.slice(0, MAX_WORDS)}.`;
  return `${server} is not the dashboard that this device is enrolled with: somebody may be in between. Nothing was sent.`;
}

export function sessionErrorWords(error: unknown): string {
  const words = wordsOf(error);
  if (words === "device-revoked") return REVOKED_WORDS;
  if (words === "device-unknown") return "The dashboard does not know this device any more.";
  if (words === "bad-signature") return "The dashboard does not accept this device's key.";
  if (words === "too-many-requests") return "The dashboard asks this device to come back less often.";
  if (words === "internal-error") return "The dashboard has a problem of its own; its log says which.";
  return words;
}

/** The device was revoked before this session began. */
export const isRevokedError = (error: unknown): boolean => wordsOf(error) === "device-revoked";

export const wordsOf = (error: unknown): string =>
  error instanceof Error && error.message !== "" ? error.message.slice(0, MAX_WORDS) : "the connection was lost";
