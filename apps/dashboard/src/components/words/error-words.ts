/** What the server's refusals mean, and what to do next. Every sentence says whether something was changed. */
import { TRPCClientError } from "@trpc/client";
import type { RefusalCode } from "@/server/refusal.ts";

export type ErrorWords = { readonly title: string; readonly next: string };

type Code = RefusalCode | "signed-out" | "bad-input" | "internal-error";

const WORDS: Record<Code, ErrorWords> = {
  "setup-already-done": { title: "This server already has an owner.", next: "Nothing was changed. Sign in instead." },
  "setup-code-wrong": {
    title: "That is not the set-up code.",
    next: "The server prints the current one each time it starts.",
  },
  "too-many-tries": { title: "Too many tries.", next: "Nothing was changed. Wait a minute and try again." },
  "email-taken": {
    title: "Somebody uses this e-mail address already.",
    next: "Nothing was changed. Sign in, or use another address.",
  },
  "mail-off": {
    title: "This server sends no mail.",
    next: "Nothing was sent. Sign in with your password.",
  },
  "provider-off": {
    title: "This server has no sign-in provider.",
    next: "Nothing was changed. Ask whoever runs the server.",
  },
  "identity-not-found": { title: "That sign-in is disconnected already.", next: "Nothing is left to do." },
  "last-way-in": {
    title: "That is your only way to sign in.",
    next: "Nothing was changed. Add a passkey or connect a sign-in first, or ask whoever runs the server for a password.",
  },
  "team-not-found": {
    title: "There is no such team, or you are not in it.",
    next: "Choose a team at the top of the page.",
  },
  "too-many-teams": {
    title: "You own as many teams as one person may.",
    next: "No team was created. Hand one over that others look after.",
  },
  "session-not-found": { title: "That session has ended already.", next: "Nothing is left to do." },
  "device-not-found": {
    title: "There is no such device in this team.",
    next: "It may have been revoked. Look in the list of devices.",
  },
  "own-device-only": {
    title: "Your role adds devices of your own.",
    next: "That is one machine a token, without tags, and approved by whoever manages devices. Ask one of them for more.",
  },
  "device-name-taken": {
    title: "Another device of this team has that name.",
    next: "The name was not changed. Choose another.",
  },
  "device-already-revoked": { title: "The device was revoked already.", next: "Nothing was changed." },
  "device-not-revoked": { title: "The device is not revoked.", next: "Nothing was changed." },
  "restore-too-late": {
    title: "It is too late to undo this.",
    next: "The device stays revoked. Enroll it again with a new token.",
  },
  "token-not-found": { title: "There is no such token in this team.", next: "Look in the list under Enrollment." },
  "token-already-revoked": { title: "The token was revoked already.", next: "Nothing was changed." },
  "too-many-tokens": {
    title: "There are as many tokens as there may be.",
    next: "No token was created. Revoke one that is not needed under Enrollment, or wait until one expires.",
  },
  "api-token-not-found": {
    title: "There is no such API token in this team.",
    next: "Look in the list under Settings.",
  },
  "api-token-already-revoked": { title: "The API token was revoked already.", next: "Nothing was changed." },
  "too-many-api-tokens": {
    title: "The team has as many usable API tokens as it may.",
    next: "No token was created. Revoke one that is not needed.",
  },
  "webhook-not-found": { title: "There is no such webhook in this team.", next: "Look in the list under Settings." },
  "delivery-not-found": {
    title: "That delivery is not kept any more.",
    next: "Nothing was sent. Deliveries are kept for 30 days.",
  },
  "too-many-webhooks": {
    title: "The team has as many webhooks as it may.",
    next: "None was created. Remove one that is not needed.",
  },
  "too-many-deliveries": {
    title: "A thousand deliveries to this webhook wait already.",
    next: "Nothing was added. Look why its address does not answer.",
  },
  "connection-not-found": {
    title: "There is no such connection.",
    next: "The two devices have not talked, or one was removed.",
  },
  "attempt-not-found": { title: "That attempt is no longer kept.", next: "Look at a later one." },
  "device-offline": {
    title: "One of the two devices is offline.",
    next: "No attempt was made. Try again when both are online.",
  },
  "device-online": {
    title: "The older device is online.",
    next: "Nothing was changed. Only a device that is offline can be replaced: stop its agent, or revoke it.",
  },
  "no-candidates": {
    title: "One of the two devices has not reported its addresses yet.",
    next: "No attempt was made. Try again in a few seconds.",
  },
  "retry-too-soon": {
    title: "An attempt between the two is under way, or has just ended.",
    next: "Wait a few seconds and try again.",
  },
  "relay-only": { title: "The policy keeps the two on the relay.", next: "No attempt was made. See Policies." },
  "policy-denied": { title: "The policy does not let the two talk.", next: "No attempt was made. See Policies." },
  "device-silent": {
    title: "The device did not answer.",
    next: "Nothing is known of the connection. Update its agent if it is an old one, or try again when it is online.",
  },
  "policy-not-found": { title: "There is no such version of the policy.", next: "Nothing was changed." },
  "policy-settled": {
    title: "That version is not waiting to be confirmed any more.",
    next: "Nothing was changed. It was confirmed, taken back or followed by another: look at the versions.",
  },
  "policy-changed": {
    title: "Somebody saved another version meanwhile.",
    next: "Yours was not saved, and your text is kept here. Copy it, cancel to see the new version, and bring yours in.",
  },
  "policy-faulty": { title: "The document has a fault.", next: "Nothing was saved. Mend it where the review says." },
  "policy-tests-failing": {
    title: "The document does not keep its own tests.",
    next: "Nothing was saved. The review names the tests and their lines: mend the grants, or the tests.",
  },
  "policy-unconfirmed": {
    title: "This takes away more than half of all access.",
    next: "Nothing was saved. Type the team's name in addresses to confirm.",
  },
  "member-not-found": {
    title: "They are not in this team any more.",
    next: "Nothing was changed. Look in the list of members.",
  },
  "member-already": {
    title: "You are in this team already.",
    next: "Nothing was changed, and the invite can still be used by somebody else.",
  },
  "last-owner": {
    title: "A team keeps at least one owner.",
    next: "Nothing was changed. Make somebody else an owner first.",
  },
  "invite-not-found": {
    title: "This invite leads nowhere.",
    next: "It was used, taken back or has run out. Ask who sent it for another.",
  },
  "invite-over": { title: "The invite is over already.", next: "Nothing was changed. Invite them again." },
  "invite-for-another": {
    title: "This invite is for another e-mail address.",
    next: "You have not joined. Sign in with the address that it was sent to, or ask for another invite.",
  },
  "too-many-invites": {
    title: "The team has as many pending invites as it may.",
    next: "No invite was created. Revoke some that are not needed.",
  },
  "signed-out": { title: "You are signed out.", next: "Sign in again; what you typed was not saved." },
  "role-insufficient": {
    title: "Your role in this team does not allow that.",
    next: "Nothing was changed. Ask an owner or admin of the team.",
  },
  "step-up-needed": {
    title: "This asks for your password again.",
    next: "Nothing was changed. Try it again, and enter your password when you are asked.",
  },
  "password-wrong": { title: "That is not your password.", next: "Nothing was changed. Try it again." },
  "code-needed": { title: "A code of your app is needed.", next: "Nothing was changed. Enter it and try again." },
  "code-wrong": {
    title: "That code is wrong, or was used.",
    next: "Nothing was changed. Wait for the next one: each is good once.",
  },
  "second-factor-on": {
    title: "The second factor is on already.",
    next: "Nothing was changed. Turn it off first to set up another app.",
  },
  "second-factor-off": { title: "The second factor is off.", next: "Nothing was changed." },
  "passkey-not-found": {
    title: "There is no such passkey of yours.",
    next: "Nothing was changed. It may have been removed in another browser.",
  },
  "passkey-wrong": {
    title: "That passkey was not accepted.",
    next: "Nothing was changed. Use one that is listed under Settings, and unlock it when it asks you to.",
  },
  "passkey-late": {
    title: "That took longer than five minutes, or another page began meanwhile.",
    next: "Nothing was changed. Try it again.",
  },
  "passkey-known": {
    title: "That passkey is in use already.",
    next: "Nothing was changed. Add another one.",
  },
  "too-many-passkeys": {
    title: "You have as many passkeys as you may.",
    next: "None was added. Remove one that you do not use.",
  },
  "transfer-to-self": {
    title: "You are an owner already.",
    next: "Nothing was changed. Choose somebody else to hand the team over to.",
  },
  "bad-input": { title: "Something in the form is not right.", next: "Nothing was changed. Look at the fields." },
  "internal-error": {
    title: "The server failed on this.",
    next: "Nothing is known to have changed. Try again; if it stays, look at the server's output.",
  },
};

const UNREACHABLE: ErrorWords = {
  title: "The server does not answer.",
  next: "What you see is kept. Check that the server runs and that you are connected, then try again.",
};

export function errorWords(error: unknown): ErrorWords {
  if (!(error instanceof TRPCClientError)) return WORDS["internal-error"];
  if (isCode(error.message)) return WORDS[error.message];
  return error.data === undefined || error.data === null ? UNREACHABLE : WORDS["internal-error"];
}

/** The refusal's code, for the forms that show it at the field concerned. */
export function refusalCode(error: unknown): Code | undefined {
  return error instanceof TRPCClientError && isCode(error.message) ? error.message : undefined;
}

/** What is wrong with which field, when the server refused the input itself. */
export function fieldErrors(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof TRPCClientError)) return {};
  const fields: unknown = error.data?.fields;
  if (typeof fields !== "object" || fields === null) return {};
  const found: Record<string, string> = {};
  for (const [name, messages] of Object.entries(fields)) {
    const first: unknown = Array.isArray(messages) ? messages[0] : undefined;
    if (typeof first === "string") found[name] = first;
  }
  return found;
}

function isCode(text: string): text is Code {
  return Object.hasOwn(WORDS, text);
}
