/** The server's settings: the one reader of the environment. See `.env.example`. */
import { resolve } from "node:path";
import { type Endpoint, err, ok, parseAddress, parsePrefix, type Prefix, type Result } from "@pinhole/protocol";
import type { RelayInfo } from "@pinhole/protocol/control";
import { type MailSettings, parseMailSettings } from "./mail-settings.ts";
import { type OidcSettings, parseOidcSettings } from "./oidc-settings.ts";
import { parseRelays, parseRelayStun } from "./relay-settings.ts";

export type Env = {
  /** The address to listen on; undefined: all of them. */
  readonly host: string | undefined;
  readonly port: number;
  readonly dataDirectory: string;
  /** What agents and browsers are told, without a trailing slash; undefined: whatever address the browser used. */
  readonly url: string | undefined;
  /** Whose word about who asked them counts. */
  readonly proxies: readonly Prefix[];
  /** Local addresses to answer STUN on; the first two tell NAT behaviours apart. */
  readonly stunAddresses: readonly string[];
  /** 0: no STUN server in this process. */
  readonly stunPort: number;
  /** Stand-alone relays that agents may use besides the dashboard's own. */
  readonly relays: readonly RelayInfo[];
  /** Where those relays answer STUN. */
  readonly relayStun: readonly Endpoint[];
  /** Undefined: no mail is sent, and links are shown to copy. */
  readonly mail: MailSettings | undefined;
  /** Undefined: nobody signs in through a provider. */
  readonly oidc: OidcSettings | undefined;
};

const DEFAULT_PORT = 3000;
const DEFAULT_STUN_PORT = 3478;

export type Variables = Readonly<Record<string, string | undefined>>;

/** All that is wrong, in words for the operator; nothing starts with half of the settings. */
export function parseEnv(variables: Variables, root: string): Result<Env, readonly string[]> {
  const problems: string[] = [];
  const text = (name: string) => {
    const value = variables[name]?.trim();
    return value === "" ? undefined : value;
  };
  const list = (name: string) =>
    (text(name) ?? "")
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== "");
  const port = (name: string, fallback: number) => {
    const value = text(name);
    if (value === undefined) return fallback;
    if (/^[0-9]{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value);
    problems.push(`${name} is "${value}": it must be a port number from 0 to 65535.`);
    return fallback;
  };
  const address = (name: string, value: string) => {
    const parsed = parseAddress(value);
    if (parsed.ok) return parsed.value;
    problems.push(`${name} has "${value}": it must be an IP address, such as 0.0.0.0 or 192.0.2.1.`);
    return value;
  };

  const host = text("HOST");
  const url = text("PINHOLE_URL");
  const smtpUrl = text("PINHOLE_SMTP_URL");
  const env: Env = {
    host: host === undefined || host === "localhost" ? host : address("HOST", host),
    port: port("PORT", DEFAULT_PORT),
    dataDirectory: resolve(root, text("PINHOLE_DATA_DIR") ?? "data"),
    url: url === undefined ? undefined : normalizeUrl(url, problems),
    proxies: list("PINHOLE_PROXIES").flatMap((part) => {
      const parsed = parsePrefix(part.includes("/") ? part : `${part}/${part.includes(":") ? 128 : 32}`);
      if (parsed.ok) return [parsed.value];
      problems.push(
        `PINHOLE_PROXIES has "${part}": it must be an address or a network, such as 127.0.0.1 or 10.0.0.0/8.`,
      );
      return [];
    }),
    stunAddresses: list("PINHOLE_STUN_ADDRESSES").map((part) => address("PINHOLE_STUN_ADDRESSES", part)),
    stunPort: port("PINHOLE_STUN_PORT", DEFAULT_STUN_PORT),
    relays: parseRelays(text("PINHOLE_RELAYS") ?? "", problems),
    relayStun: parseRelayStun(text("PINHOLE_RELAY_STUN") ?? "", problems),
    mail: parseMailSettings({ smtpUrl, from: text("PINHOLE_MAIL_FROM"), publicUrl: url }, problems),
    oidc: parseOidcSettings(
      {
        issuer: text("PINHOLE_OIDC_ISSUER"),
        clientId: text("PINHOLE_OIDC_CLIENT_ID"),
        clientSecret: text("PINHOLE_OIDC_CLIENT_SECRET"),
        name: text("PINHOLE_OIDC_NAME"),
        trustedDomains: text("PINHOLE_OIDC_TRUSTED_DOMAINS"),
        publicUrl: url,
      },
      problems,
    ),
  };
  if (env.stunAddresses.length > 2)
    problems.push("PINHOLE_STUN_ADDRESSES has more than two addresses: two are enough to tell NATs apart.");
  return problems.length === 0 ? ok(env) : err(problems);
}

function normalizeUrl(text: string, problems: string[]): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
    problems.push(
      `PINHOLE_URL is "${text}": it must be the address that browsers and devices use, such as https://pinhole.example.`,
    );
    return text;
  }
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "" || url.username !== "") {
    problems.push(
      `PINHOLE_URL is "${text}": it must be a scheme, a host and a port alone, since the dashboard is served at the root.`,
    );
  }
  return url.origin;
}
