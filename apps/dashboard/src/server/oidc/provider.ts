/**
 * The sign-in provider: an authorization code with PKCE, state and nonce, and an ID token whose signature is checked.
 * Every request to it has an end, and what it finds is remembered; what it answers is believed about its own people alone.
 */
import { err, ok, type Result } from "@pinhole/protocol";
import * as client from "openid-client";
import type { OidcSettings } from "../../oidc-settings.ts";
import { logLine } from "../log-line.ts";
import { type Claims, readClaims } from "./claims.ts";

export const CALLBACK_PATH = "/api/auth/oidc/callback";

/** A person waits for it. There are up to four requests for one sign-in. */
const TIMEOUT_S = 5;

/** Keys and addresses of a provider change rarely, and then old and new are good side by side for longer. */
const DISCOVERY_MS = 3_600_000;

/** What one sign-in must come back with. */
export type Checks = { readonly state: string; readonly nonce: string; readonly verifier: string };

/** Down: it does not answer, or not as a provider does. Refused: it said no, or what came back is not good. */
export type ProviderProblem = "provider-down" | "provider-refused";

export type OidcProvider = {
  /** @param isFresh has the person prove who they are even if the provider knows them still */
  authorizationUrl(checks: Checks, isFresh: boolean): Promise<Result<URL, ProviderProblem>>;
  /** @param query as the provider sent the browser back with */
  redeem(query: URLSearchParams, checks: Checks): Promise<Result<Claims, ProviderProblem>>;
};

export const newChecks = (): Checks => ({
  state: client.randomState(),
  nonce: client.randomNonce(),
  verifier: client.randomPKCECodeVerifier(),
});

/** @param timeoutS of each request */
export function newOidcProvider(settings: OidcSettings, redirectUri: string, timeoutS = TIMEOUT_S): OidcProvider {
  let known: { readonly configuration: Promise<client.Configuration>; readonly at: number } | undefined;

  const discovered = () => {
    const now = performance.now();
    if (known === undefined || now - known.at > DISCOVERY_MS) {
      const configuration = discover(settings, timeoutS);
      const found = { configuration, at: now };
      known = found;
      // Who comes next asks again.
      configuration.catch(() => {
        if (known === found) known = undefined;
      });
    }
    return known.configuration;
  };

  return {
    async authorizationUrl({ state, nonce, verifier }, isFresh) {
      try {
        const configuration = await discovered();
        const parameters = {
          redirect_uri: redirectUri,
          scope: "openid email profile",
          state,
          nonce,
          code_challenge: await client.calculatePKCECodeChallenge(verifier),
          code_challenge_method: "S256",
          ...(isFresh && { prompt: "login", max_age: "0" }),
        };
        return ok(client.buildAuthorizationUrl(configuration, parameters));
      } catch (error) {
        return err(explain("discovery", error, settings.issuer));
      }
    },

    async redeem(query, { state, nonce, verifier }) {
      try {
        const configuration = await discovered();
        const url = new URL(redirectUri);
        url.search = query.toString();
        const tokens = await client.authorizationCodeGrant(configuration, url, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        });
        const claims = tokens.claims();
        if (claims === undefined) return err("provider-refused");
        const isWhole = typeof claims.email === "string" && claims.email_verified !== undefined;
        const hasMore = configuration.serverMetadata().userinfo_endpoint !== undefined;
        const more =
          isWhole || !hasMore ? {} : await client.fetchUserInfo(configuration, tokens.access_token, claims.sub);
        return ok(readClaims(claims, more));
      } catch (error) {
        return err(explain("sign-in", error, settings.issuer));
      }
    },
  };
}

async function discover({ issuer, clientId, clientSecret }: OidcSettings, timeoutS: number) {
  const isPlain = issuer.startsWith("http:");
  const options = { timeout: timeoutS, execute: isPlain ? [client.allowInsecureRequests] : [] };
  const found = await client.discovery(new URL(issuer), clientId, undefined, client.None(), options);
  const metadata = found.serverMetadata();
  const methods = metadata.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
  const says = methods.includes("client_secret_basic") ? client.ClientSecretBasic : client.ClientSecretPost;
  const configuration = new client.Configuration(metadata, clientId, undefined, says(clientSecret));
  configuration.timeout = timeoutS;
  if (isPlain) client.allowInsecureRequests(configuration);
  client.enableNonRepudiationChecks(configuration);
  return configuration;
}

/** For the operator, in the library's own codes: what the provider wrote and what was sent to it stay out of the log. */
function explain(step: "discovery" | "sign-in", error: unknown, issuer: string): ProviderProblem {
  const problem = step === "discovery" || isDown(error) ? "provider-down" : "provider-refused";
  const code = fieldOf(error, "code");
  const said = fieldOf(error, "error");
  console.warn(logLine({ level: "warn", message: "sign-in through the provider failed", issuer, step, code, said }));
  return problem;
}

/** No answer came, or one that only a broken server or something before it gives. */
function isDown(error: unknown): boolean {
  if (error instanceof client.ResponseBodyError) return error.status >= 500;
  if (error instanceof TypeError) return true;
  return ["OAUTH_TIMEOUT", "OAUTH_ABORT", "OAUTH_RESPONSE_IS_NOT_CONFORM", "OAUTH_RESPONSE_IS_NOT_JSON"].includes(
    fieldOf(error, "code") ?? "",
  );
}

function fieldOf(error: unknown, name: "code" | "error"): string | undefined {
  const value: unknown = typeof error === "object" && error !== null ? Reflect.get(error, name) : undefined;
  return typeof value === "string" ? value.slice(0, 64) : undefined;
}
