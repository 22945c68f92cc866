import { describe, expect, test } from "vitest";
import { parseEnv } from "./env.ts";

describe("the settings", () => {
  test("have defaults that work", () => {
    expect(parseEnv({}, "/srv/pinhole")).toEqual({
      ok: true,
      value: {
        host: undefined,
        port: 3000,
        dataDirectory: "/srv/pinhole/data",
        url: undefined,
        proxies: [],
        stunAddresses: [],
        stunPort: 3478,
        relays: [],
        relayStun: [],
        mail: undefined,
        oidc: undefined,
      },
    });
  });

  test("are taken as given; an empty one is none", () => {
    const variables = {
      HOST: "::1",
      PORT: "0",
      PINHOLE_DATA_DIR: "/var/lib/p",
      PINHOLE_URL: "HTTPS://Pinhole.Example:443/",
      PINHOLE_PROXIES: "127.0.0.1, ::1, 10.0.0.0/8",
      PINHOLE_STUN_ADDRESSES: " 192.0.2.1 , 192.0.2.2 ",
      PINHOLE_STUN_PORT: "",
      PINHOLE_RELAYS: "fra=wss://fra.example.net",
      PINHOLE_RELAY_STUN: "192.0.2.7:3478",
      PINHOLE_SMTP_URL: "smtp://mail.example.net",
      PINHOLE_MAIL_FROM: "pinhole@example.net",
      PINHOLE_OIDC_ISSUER: "https://ID.example.net",
      PINHOLE_OIDC_CLIENT_ID: "pinhole",
      PINHOLE_OIDC_CLIENT_SECRET: "s3cret",
      PINHOLE_OIDC_NAME: "Harbour",
      PINHOLE_OIDC_TRUSTED_DOMAINS: "Example.net, example.org",
    };
    expect(parseEnv(variables, "/")).toEqual({
      ok: true,
      value: {
        host: "::1",
        port: 0,
        dataDirectory: "/var/lib/p",
        url: "https://pinhole.example",
        proxies: [
          { address: "127.0.0.1", length: 32 },
          { address: "::1", length: 128 },
          { address: "10.0.0.0", length: 8 },
        ],
        stunAddresses: ["192.0.2.1", "192.0.2.2"],
        stunPort: 3478,
        relays: [{ name: "fra", url: "wss://fra.example.net/relay/v1" }],
        relayStun: [{ address: "192.0.2.7", port: 3478 }],
        mail: {
          host: "mail.example.net",
          port: 587,
          isSecure: false,
          credentials: undefined,
          from: { name: "Pinhole", address: "pinhole@example.net" },
        },
        oidc: {
          issuer: "https://id.example.net/",
          clientId: "pinhole",
          clientSecret: "s3cret",
          name: "Harbour",
          trustedDomains: ["example.net", "example.org"],
        },
      },
    });
  });

  test.each([
    ["PORT", "http"],
    ["PORT", "65536"],
    ["PORT", "-1"],
    ["PORT", "3000.5"],
    ["HOST", "example.test"],
    ["PINHOLE_PROXIES", "10.0.0.1/8"],
    ["PINHOLE_PROXIES", "proxy.example"],
    ["PINHOLE_STUN_PORT", "1e3"],
    ["PINHOLE_STUN_ADDRESSES", "192.0.2.1,localhost"],
    ["PINHOLE_STUN_ADDRESSES", "192.0.2.1,192.0.2.2,192.0.2.3"],
    ["PINHOLE_RELAYS", "fra.example.net"],
    ["PINHOLE_RELAY_STUN", "fra.example.net:3478"],
    ["PINHOLE_SMTP_URL", "mail.example.net"],
    ["PINHOLE_MAIL_FROM", "pinhole@example.net"],
    ["PINHOLE_OIDC_ISSUER", "id.example.net"],
    ["PINHOLE_URL", "pinhole.example"],
    ["PINHOLE_URL", "ftp://pinhole.example"],
    ["PINHOLE_URL", "https://pinhole.example/base"],
    ["PINHOLE_URL", "https://ana:secret@pinhole.example"],
  ])("with %s=%s are refused in words that name it", (name, value) => {
    const parsed = parseEnv({ [name]: value }, "/");
    expect(parsed.ok).toBe(false);
    expect(!parsed.ok && parsed.error.join("\n")).toContain(name);
  });

  test("name everything that is wrong at once", () => {
    const parsed = parseEnv({ PORT: "x", PINHOLE_URL: "y" }, "/");
    expect(!parsed.ok && parsed.error).toHaveLength(2);
  });
});
