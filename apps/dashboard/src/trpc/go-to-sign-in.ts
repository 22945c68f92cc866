/** Leaves the page for the sign-in form, which comes back to it. */
export function goToSignIn(): void {
  const { pathname, search } = window.location;
  if (pathname === "/login") return;
  window.location.assign(`/login?next=${encodeURIComponent(pathname + search)}`);
}
