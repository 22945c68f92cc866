/** `PINHOLE_OIDC_…` → the provider that people may sign in through (OpenID Connect). */

export type OidcSettings = {
  /** As the provider names itself, spelt as a URL parser does: half of what tells its people apart from another's. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** What the button says. */
  readonly name: string;
  /** Whose addresses the provider gives to nobody else: who has one there gets the account of that address. Lower case. */
  readonly trustedDomains: readonly string[];
};

type Given = {
  readonly issuer: string | undefined;
  readonly clientId: string | undefined;
  readonly clientSecret: string | undefined;
  readonly name: string | undefined;
  readonly trustedDomains: string | undefined;
  readonly publicUrl: string | undefined;
};

const DEFAULT_NAME = "Single sign-on";
const MAX_NAME = 40;
const DOMAIN = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** No problem repeats the secret. */
export function parseOidcSettings(given: Given, problems: string[]): OidcSettings | undefined {
  const { clientId, clientSecret, name = DEFAULT_NAME, publicUrl } = given;
  if (given.issuer === undefined) {
    if ([clientId, clientSecret, given.name, given.trustedDomains].some((value) => value !== undefined))
      problems.push("PINHOLE_OIDC_… is set without PINHOLE_OIDC_ISSUER: there is no provider to sign in through.");
    return undefined;
  }
  const before = problems.length;
  const issuer = parseIssuer(given.issuer);
  if (issuer === undefined)
    problems.push(
      `PINHOLE_OIDC_ISSUER is "${given.issuer}": it must be the provider's own address without a query, such as https://id.example.net/realms/crew. Plain http is for this machine alone.`,
    );
  if (clientId === undefined) problems.push("PINHOLE_OIDC_CLIENT_ID is missing: the provider knows this server by it.");
  if (clientSecret === undefined)
    problems.push("PINHOLE_OIDC_CLIENT_SECRET is missing: the provider gives it along with the client's id.");
  if (name.length > MAX_NAME || /\p{C}/u.test(name))
    problems.push(`PINHOLE_OIDC_NAME is what a button says: at most ${MAX_NAME} characters that can be seen.`);
  const trustedDomains = (given.trustedDomains ?? "")
    .split(",")
    .map((part) => part.trim().toLowerCase())
    .filter((part) => part !== "");
  for (const domain of trustedDomains)
    if (!DOMAIN.test(domain))
      problems.push(`PINHOLE_OIDC_TRUSTED_DOMAINS has "${domain}": it must be a domain, such as example.net.`);
  // Where the provider sends people back to must not be what a request's header says.
  if (publicUrl === undefined)
    problems.push(
      "PINHOLE_OIDC_ISSUER is set without PINHOLE_URL: the provider needs an address to send people back to.",
    );
  if (problems.length > before || issuer === undefined || clientId === undefined || clientSecret === undefined)
    return undefined;
  return { issuer, clientId, clientSecret, name, trustedDomains };
}

/** Over plain http, whoever is on the way could be anybody's provider. */
function parseIssuer(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "")
    return undefined;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)) ? url.href : undefined;
}

const isLoopback = (host: string) => host === "localhost" || host === "[::1]" || /^127(?:\.[0-9]{1,3}){3}$/.test(host);
