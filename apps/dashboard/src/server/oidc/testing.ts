// oxlint-disable-next-line typescript/triple-slash-reference -- other workspaces use this file too, and do not find the types by themselves
/// <reference path="./oidc-provider.d.ts" />
/** A sign-in provider for tests: a certified implementation of the protocol, on a real port. */
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import Provider, { type OidcContext } from "oidc-provider";
import type { OidcSettings } from "../../oidc-settings.ts";
import { CALLBACK_PATH } from "./provider.ts";

/** By what they type there to sign in, which is the subject as well. */
export type People = Readonly<Record<string, { readonly [claim: string]: unknown }>>;

type Options = {
  /** Where people are sent back to. */
  readonly url: string;
  readonly people: People;
  /** @default any that is free */
  readonly port?: number;
  /** What people are is in the ID token; else the userinfo endpoint alone says it. */
  readonly isTokenWhole?: boolean;
  /** Says when somebody signed in, unasked. */
  readonly saysWhen?: boolean;
  /** The keys that it publishes are not those that it signs with. */
  readonly hasOtherKeys?: boolean;
};

const CLIENT_ID = "pinhole";
const CLIENT_SECRET = "only for tests";

export class TestProvider implements AsyncDisposable {
  readonly settings: OidcSettings;
  readonly #server: Server;

  static async start(options: Options): Promise<TestProvider> {
    const server = createServer();
    server.listen(options.port ?? 0, "127.0.0.1");
    await once(server, "listening");
    return new TestProvider(server, options);
  }

  private constructor(
    server: Server,
    { url, people, isTokenWhole = false, saysWhen = true, hasOtherKeys = false }: Options,
  ) {
    this.#server = server;
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.settings = {
      issuer: `${issuer}/`,
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      name: "Harbour",
      trustedDomains: [],
    };
    const provider = new Provider(issuer, {
      clients: [
        {
          client_id: CLIENT_ID,
          client_secret: CLIENT_SECRET,
          redirect_uris: [`${url}${CALLBACK_PATH}`],
          require_auth_time: saysWhen,
        },
      ],
      claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
      conformIdTokenClaims: !isTokenWhole,
      cookies: { keys: ["only for tests"] },
      pkce: { required: () => true },
      findAccount: (_: unknown, id: string) =>
        people[id] === undefined ? undefined : { accountId: id, claims: () => ({ sub: id, ...people[id] }) },
      // Nobody is asked whether this dashboard may know who they are.
      async loadExistingGrant({ oidc }: OidcContext) {
        const grant = new oidc.provider.Grant({
          accountId: oidc.session.accountId,
          clientId: oidc.client.clientId,
        });
        grant.addOIDCScope("openid email profile");
        await grant.save();
        return grant;
      },
    });
    const answer = provider.callback();
    server.on("request", (request, response) => {
      if (!hasOtherKeys || request.url !== "/jwks") return answer(request, response);
      const key = generateKeyPairSync("rsa", { modulusLength: 2_048 }).publicKey.export({ format: "jwk" });
      response.setHeader("content-type", "application/jwk-set+json");
      response.end(JSON.stringify({ keys: [{ ...key, use: "sig", alg: "RS256" }] }));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** A browser at the provider, from the address that it is sent to until it is sent back: it signs in as `who`. */
export async function signInThere(address: string, who: string): Promise<URLSearchParams> {
  const cookies = new Map<string, string>();
  let [url, form] = [new URL(address), undefined as URLSearchParams | undefined];
  for (let steps = 0; steps < 10; steps++) {
    const answer = await fetch(url, {
      method: form === undefined ? "GET" : "POST",
      ...(form !== undefined && { body: form }),
      redirect: "manual",
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(name, value);
    }
    const location = answer.headers.get("location");
    form = undefined;
    if (location === null) {
      // Its page asks who it is.
      if (answer.status !== 200) throw new Error(`the provider answers ${answer.status}: ${await answer.text()}`);
      form = new URLSearchParams({ prompt: "login", login: who, password: "anything" });
    } else {
      url = new URL(location, url);
      if (url.pathname === CALLBACK_PATH) return url.searchParams;
    }
  }
  throw new Error("the provider does not send back");
}
