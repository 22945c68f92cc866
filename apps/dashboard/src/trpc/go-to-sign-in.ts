/** Whoever signs out on purpose is led away by that, and wants no way back to the page. */
let isSigningOut = false;
/** Several requests learn at once that the session is over: one goes, the others would only interrupt it. */
let isLeaving = false;

export function setSigningOut(value: boolean): void {
  isSigningOut = value;
}

/** Leaves the page for the sign-in form, which comes back to it. */
export function goToSignIn(): void {
  const { pathname, search } = window.location;
  if (isSigningOut || isLeaving || pathname === "/login") return;
  isLeaving = true;
  // The browser may keep this page and show it again by Back.
  window.addEventListener("pageshow", () => (isLeaving = false), { once: true });
  window.location.assign(`/login?next=${encodeURIComponent(pathname + search)}`);
}
