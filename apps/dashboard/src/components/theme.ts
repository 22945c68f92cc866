/**
 * The theme is one attribute of the root element: absent for the system's choice. The cookie lets the server render it,
 * so that a page never flashes in the wrong one.
 */
export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export const THEME_COOKIE = "theme";
export const NAV_COOKIE = "nav";

const YEAR_S = 31_536_000;

export function parseTheme(value: string | undefined): Theme {
  return THEMES.find((theme) => theme === value) ?? "system";
}

export function applyTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
  rememberInCookie(THEME_COOKIE, theme);
  document.documentElement.dispatchEvent(new Event("themechange"));
}

/** Readable by scripts on purpose: it says how the page looks and nothing else. */
export function rememberInCookie(name: string, value: string): void {
  // oxlint-disable-next-line unicorn/no-document-cookie -- cookieStore needs a secure context, which plain http on a LAN is not
  document.cookie = `${name}=${value}; path=/; max-age=${YEAR_S}; samesite=lax`;
}
