import { describe, expect, test } from "vitest";
import { parseOidcSettings } from "./oidc-settings.ts";

type Given = Parameters<typeof parseOidcSettings>[0];

const given: Given = {
  issuer: "https://id.example.net/realms/crew",
  clientId: "pinhole",
  clientSecret: "s3cret",
  name: undefined,
  trustedDomains: undefined,
  publicUrl: "https://pinhole.example",
};

function parse(fields: Partial<Given>) {
  const problems: string[] = [];
  return { settings: parseOidcSettings({ ...given, ...fields }, problems), problems };
}

describe("the settings of a sign-in provider", () => {
  test("have a name and trust no domain unless they say so", () => {
    expect(parse({})).toEqual({
      problems: [],
      settings: {
        issuer: "https://id.example.net/realms/crew",
        clientId: "pinhole",
        clientSecret: "s3cret",
        name: "Single sign-on",
        trustedDomains: [],
      },
    });
  });

  test.each(["http://127.0.0.1:8080/", "http://localhost:8080/", "http://[::1]/"])(
    "may be on this machine: %s",
    (issuer) => {
      expect(parse({ issuer })).toMatchObject({ problems: [], settings: { issuer } });
    },
  );

  test.each<[string, Partial<Given>]>([
    ["PINHOLE_OIDC_ISSUER", { issuer: "id.example.net" }],
    ["PINHOLE_OIDC_ISSUER", { issuer: "http://id.example.net" }],
    ["PINHOLE_OIDC_ISSUER", { issuer: "http://127.0.0.1.example.net" }],
    ["PINHOLE_OIDC_ISSUER", { issuer: "https://id.example.net/?tenant=1" }],
    ["PINHOLE_OIDC_ISSUER", { issuer: "https://ana:pw@id.example.net" }],
    ["PINHOLE_OIDC_CLIENT_ID", { clientId: undefined }],
    ["PINHOLE_OIDC_CLIENT_SECRET", { clientSecret: undefined }],
    ["PINHOLE_OIDC_NAME", { name: "x".repeat(41) }],
    ["PINHOLE_OIDC_NAME", { name: "Har\u202ebour" }],
    ["PINHOLE_OIDC_TRUSTED_DOMAINS", { trustedDomains: "example.net,@example.org" }],
    ["PINHOLE_OIDC_TRUSTED_DOMAINS", { trustedDomains: "net" }],
    ["PINHOLE_OIDC_TRUSTED_DOMAINS", { trustedDomains: "*.example.net" }],
    ["PINHOLE_URL", { publicUrl: undefined }],
    ["PINHOLE_OIDC_ISSUER", { issuer: undefined }],
  ])("are refused in words that name %s, without the secret: %j", (name, fields) => {
    const { settings, problems } = parse(fields);
    expect(settings).toBeUndefined();
    expect(problems).toEqual([expect.stringContaining(name)]);
    expect(problems.join("")).not.toContain("s3cret");
  });
});
