/** What keeps a passkey from being used, and what to do next. */
import type { PasskeyFailure, PasskeyObstacle } from "../passkey.ts";
import type { ErrorWords } from "./error-words.ts";

export const OBSTACLE_WORDS: Record<PasskeyObstacle, string> = {
  address: "Passkeys work where this dashboard is opened by a name and https. At this address, browsers have none.",
  browser: "This browser has no passkeys.",
};

export const FAILURE_WORDS: Record<PasskeyFailure, ErrorWords> = {
  "not-used": {
    title: "No passkey was used.",
    next: "Nothing was changed. It was stopped, took too long, or there is none here for this dashboard.",
  },
  known: {
    title: "There is a passkey of yours here already.",
    next: "Nothing was changed. Use that one, or add another on another device.",
  },
  elsewhere: {
    title: "Passkeys of this dashboard belong to another address.",
    next: "Nothing was changed. Open the dashboard at the address that its operator gave it, and try there.",
  },
};
