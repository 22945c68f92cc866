/** Where signing in through the provider begins. A whole new page: the provider's pages are its own. */
export function goToProvider(query: Readonly<Record<string, string>>): void {
  window.location.assign(`/api/auth/oidc/start?${new URLSearchParams(query).toString()}`);
}
