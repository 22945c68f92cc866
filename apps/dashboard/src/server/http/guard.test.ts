import { describe, expect, test } from "vitest";
import { guardRequest, MAX_BODY_BYTES } from "./guard.ts";
import { isOwnOrigin, isValidHost } from "./origin.ts";

const HOST = "192.168.1.5:3000";
const JSON_POST = { host: HOST, origin: `http://${HOST}`, "content-type": "application/json", "content-length": "2" };

describe("reading", () => {
  test("goes on, with headers of ours and none of the client's in their place", () => {
    const headers = {
      host: HOST,
      "x-forwarded-for": "203.0.113.9",
      "x-forwarded-host": "evil.test",
      "x-forwarded-proto": "https",
      "x-pinhole-address": "203.0.113.9",
      "x-nonce": "guessed",
      "x-middleware-subrequest": "proxy:proxy:proxy:proxy:proxy",
      "x-middleware-rewrite": "/",
      "x-invoke-path": "/",
      "x-matched-path": "/",
      "x-nextjs-data": "1",
      "content-security-policy": "script-src 'nonce-guessed'",
      forwarded: "host=evil.test",
      rsc: "1",
    };
    expect(guard("GET", "/t/acme", headers)).toBeUndefined();
    expect(headers).toEqual({
      host: HOST,
      rsc: "1",
      "x-forwarded-for": "192.0.2.1",
      "x-forwarded-host": HOST,
      "x-forwarded-proto": "http",
      "x-pinhole-address": "192.0.2.1",
      "x-pinhole-origin": `http://${HOST}`,
      "x-pinhole-path": "/t/acme",
      "x-nonce": "fresh",
    });
  });

  test("behind TLS is known by the public address", () => {
    const headers: Record<string, string> = { host: "pinhole.example" };
    guard("GET", "/", headers, "https://pinhole.example");
    expect(headers).toMatchObject({ "x-forwarded-proto": "https", "x-pinhole-origin": "https://pinhole.example" });
  });

  test.each([undefined, "", "a b", "evil.test/path", "a'b", 'a"b', "$(reboot)", "user@host", "[::1", "a".repeat(300)])(
    "from a host like %j is refused",
    (host) => {
      expect(guard("GET", "/", { host })?.status).toBe(400);
      expect(isValidHost(host)).toBe(false);
    },
  );

  // They pass for hosts by their characters, and whoever builds an address of them throws.
  test.each(["1.2.3.999", "a:99999", "[::::]", "[1:2]"])("from %s, which is in no address, is refused", (host) => {
    expect(guard("GET", "/", { host })?.status).toBe(400);
  });

  test.each(["localhost", "localhost:3000", "192.0.2.1", "[2001:db8::1]:3000", "a-b.example"])(
    "from the host %s goes on",
    (host) => {
      expect(guard("GET", "/", { host })).toBeUndefined();
    },
  );

  test("has no body", () => {
    expect(guard("GET", "/", { host: HOST, "content-length": "5" })?.status).toBe(400);
    expect(guard("HEAD", "/", { host: HOST, "transfer-encoding": "chunked" })?.status).toBe(400);
  });
});

describe("writing", () => {
  test("goes on from a page of this dashboard", () => {
    expect(guard("POST", "/api/trpc/device.revoke", { ...JSON_POST })).toBeUndefined();
    expect(
      guard("POST", "/api/auth/callback/credentials", {
        ...JSON_POST,
        "content-type": "application/x-www-form-urlencoded",
      }),
    ).toBeUndefined();
  });

  test.each<[string, number, string, object]>([
    ["from another site", 403, "/api/trpc/x", { origin: "http://evil.test" }],
    ["from another port of the host", 403, "/api/trpc/x", { origin: "http://192.168.1.5:4000" }],
    ["from a frame without an origin", 403, "/api/trpc/x", { origin: "null" }],
    ["without an origin", 403, "/api/trpc/x", { origin: undefined }],
    ["to a page, where server actions would be", 405, "/t/acme/devices", {}],
    ["as a server action", 400, "/api/trpc/x", { "next-action": "0123" }],
    ["of a form, which any site can send", 415, "/api/trpc/x", { "content-type": "application/x-www-form-urlencoded" }],
    ["of parts", 415, "/api/trpc/x", { "content-type": "multipart/form-data; boundary=x" }],
    ["of text", 415, "/api/trpc/x", { "content-type": "text/plain" }],
    ["of unknown length", 411, "/api/trpc/x", { "content-length": undefined }],
    ["in chunks", 411, "/api/trpc/x", { "transfer-encoding": "chunked" }],
    ["too much", 413, "/api/trpc/x", { "content-length": String(MAX_BODY_BYTES + 1) }],
  ])("%s is refused with %d", (_, status, url, headers) => {
    expect(guard("POST", url, { ...JSON_POST, ...headers })?.status).toBe(status);
  });

  test.each(["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"])("by %s is refused", (method) => {
    expect(guard(method, "/api/trpc/x", { ...JSON_POST })?.status).toBe(405);
  });
});

describe("an origin", () => {
  test.each([
    ["http://192.168.1.5:3000", true],
    ["https://192.168.1.5:3000", true],
    ["https://pinhole.example", true],
    ["http://pinhole.example", false],
    ["http://192.168.1.5", false],
    ["http://192.168.1.5:3000.evil.test", false],
    ["file://192.168.1.5:3000", false],
    ["not an origin", false],
  ])("of %s is ours: %s", (origin, isOurs) => {
    expect(isOwnOrigin(origin, HOST, "https://pinhole.example")).toBe(isOurs);
  });
});

function guard(method: string, url: string, headers: Record<string, string | undefined>, publicUrl?: string) {
  return guardRequest({ method, url, headers }, { publicUrl, address: "192.0.2.1", nonce: "fresh" });
}

describe("a program with a token", () => {
  const { origin: _, ...headers } = { ...JSON_POST, authorization: `Bearer pha_${"x".repeat(43)}` };

  test("posts to the API without an origin, which no browser leaves out", () => {
    expect(guard("POST", "/api/trpc/device.rename", { ...headers })).toBeUndefined();
  });

  test.each([
    ["with another site's origin", "/api/trpc/device.rename", { ...headers, origin: "http://evil.test" }],
    ["to the sign-in", "/api/auth/callback/credentials", headers],
    ["with somebody's password", "/api/trpc/device.rename", { ...headers, authorization: "Basic dXNlcjpwYXNz" }],
  ])("does not post %s", (_name, url, sent) => {
    expect(guard("POST", url, { ...sent })?.status).toBe(403);
  });
});
