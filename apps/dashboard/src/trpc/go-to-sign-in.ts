/** Whoever signs out on purpose is led away by that, and wants no way back to the page. */
let isSigningOut = false;

export function setSigningOut(value: boolean): void {
  isSigningOut = value;
}

/** Leaves the page for the sign-in form, which comes back to it. */
export function goToSignIn(): void {
  const { pathname, search } = window.location;
  if (isSigningOut || pathname === "/login") return;
  window.location.assign(`/login?next=${encodeURIComponent(pathname + search)}`);
}
