/** As much of it as {@link ./testing.ts} uses; the package brings no types. */
declare module "oidc-provider" {
  import type { RequestListener } from "node:http";

  type Grant = { addOIDCScope(scope: string): void; save(): Promise<string> };

  export type OidcContext = {
    readonly oidc: {
      readonly client: { readonly clientId: string };
      readonly session: { readonly accountId: string };
      readonly provider: {
        readonly Grant: new (fields: { readonly accountId: string; readonly clientId: string }) => Grant;
      };
    };
  };

  export default class Provider {
    constructor(issuer: string, configuration: object);
    callback(): RequestListener;
  }
}
