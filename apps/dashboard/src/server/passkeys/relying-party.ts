/** Whom a passkey is for: this dashboard, under the name that the browser sees. */
export type RelyingParty = { readonly origin: string; readonly id: string };

/** `origin` is the server's own idea of where it is, or of the request's host after that was looked at: never a page's word. */
export function relyingPartyOf(origin: string): RelyingParty {
  return { origin, id: new URL(origin).hostname };
}

export const RELYING_PARTY_NAME = "Pinhole";
