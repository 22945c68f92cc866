/** Where to go after signing in: a page of this site, whatever a link that somebody sent says. */
export function safeNext(next: string | undefined): string {
  if (next === undefined || !next.startsWith("/")) return "/";
  try {
    const url = new URL(next, "http://site.invalid");
    // `//elsewhere` and `/\elsewhere` are other sites to a browser; `/.//elsewhere` becomes one once its dots are gone.
    const isOurs = url.origin === "http://site.invalid" && !url.pathname.startsWith("//");
    return isOurs && url.pathname !== "/login" ? url.pathname + url.search : "/";
  } catch {
    return "/";
  }
}
