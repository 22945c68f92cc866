/** Passkeys in this browser. The library is loaded when it is needed and not before. */
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from "@simplewebauthn/browser";
import { useSyncExternalStore } from "react";

/** Why there are none: where the page came from, or what shows it. */
export type PasskeyObstacle = "address" | "browser";

/** As long as that is not known, none: the server cannot know what the browser has. */
export function usePasskeyObstacle(): PasskeyObstacle | null {
  return useSyncExternalStore(subscribe, findObstacle, () => null);
}

/** It stays what it is as long as the page does. */
const subscribe = () => () => {};

function findObstacle(): PasskeyObstacle | null {
  // Browsers have passkeys under https and on the machine itself, and for names alone.
  if (!window.isSecureContext || /^\[|^[0-9.]+$/.test(window.location.hostname)) return "address";
  return typeof window.PublicKeyCredential === "function" ? null : "browser";
}

export type PasskeyFailure =
  /** By the person, by time, or for want of a passkey: browsers do not tell these apart, so that no page learns of any. */
  "not-used" | "known" | "elsewhere";

export type PasskeyOutcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: PasskeyFailure };

export function makePasskey(
  optionsJSON: PublicKeyCredentialCreationOptionsJSON,
): Promise<PasskeyOutcome<RegistrationResponseJSON>> {
  return attempt(async () => (await import("@simplewebauthn/browser")).startRegistration({ optionsJSON }));
}

export function showPasskey(
  optionsJSON: PublicKeyCredentialRequestOptionsJSON,
): Promise<PasskeyOutcome<AuthenticationResponseJSON>> {
  return attempt(async () => (await import("@simplewebauthn/browser")).startAuthentication({ optionsJSON }));
}

async function attempt<T>(ask: () => Promise<T>): Promise<PasskeyOutcome<T>> {
  try {
    return { ok: true, value: await ask() };
  } catch (error) {
    const name = error instanceof Error ? error.name : "";
    return { ok: false, error: FAILURES[name] ?? "not-used" };
  }
}

const FAILURES: Readonly<Record<string, PasskeyFailure>> = { InvalidStateError: "known", SecurityError: "elsewhere" };
