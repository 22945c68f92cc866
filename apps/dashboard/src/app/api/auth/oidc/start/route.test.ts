import { ok } from "@pinhole/protocol";
import { describe, expect, test } from "vitest";
import { ORIGIN_HEADER } from "@/server/context.ts";
import { flowCookieName, openFlow } from "@/server/oidc/flow.ts";
import { setProcess } from "@/server/process.ts";
import { newTestServer } from "@/server/testing.ts";
import { GET } from "./route.ts";

const HOME = "https://pinhole.example";
const oidc = {
  issuer: "https://id.example/",
  clientId: "pinhole",
  clientSecret: "s3cret",
  name: "Harbour",
  trustedDomains: [],
};

describe("where signing in through the provider begins", () => {
  test("is the dashboard's own address: whoever asks under another is sent there first, with all that they asked for", async () => {
    const answer = await newServer().ask("/?next=%2Ft%2Fours%2Fsettings&fresh=1", "http://192.0.2.7:3000");
    expect(answer.status).toBe(303);
    expect(answer.headers.get("location")).toBe(
      `${HOME}/api/auth/oidc/start?next=%2Ft%2Fours%2Fsettings&fresh=1&home=1`,
    );
    expect(answer.headers.get("set-cookie")).toBeNull();
  });

  test("is gone on from there, and also where a proxy hides which address it was, not round and round", async () => {
    const { ask, carried } = newServer();
    for (const [path, origin] of [
      ["/?next=%2Ft%2Fours", HOME],
      ["/?next=%2Ft%2Fours&home=1", "http://192.0.2.7:3000"],
    ] as const) {
      const answer = await ask(path, origin);
      expect(answer.headers.get("location")).toMatch(/^https:\/\/id\.example\/authorize\?state=/);
      expect(answer.headers.get("set-cookie")).toMatch(/; HttpOnly; SameSite=Lax; Max-Age=600; Secure$/);
      expect(carried(answer)?.next).toBe("/t/ours");
    }
  });

  test.each(["https://evil.example/", "//evil.example/", `/${"x".repeat(1_001)}`])(
    "leads afterwards to no other site, and to nothing that a cookie does not hold: %s",
    async (next) => {
      const { ask, carried } = newServer();
      expect(carried(await ask(`/?${new URLSearchParams({ next }).toString()}`, HOME))?.next).toBe("/");
    },
  );
});

function newServer() {
  const context = newTestServer({ url: HOME, oidc }).contextOf("nobody");
  setProcess({
    ...context,
    oidc: {
      authorizationUrl: ({ state }) => Promise.resolve(ok(new URL(`https://id.example/authorize?state=${state}`))),
      redeem: () => Promise.reject(new Error("nobody comes back")),
    },
  });
  const ask = (path: string, origin: string) =>
    GET(new Request(new URL(path, "http://127.0.0.1:3000"), { headers: { [ORIGIN_HEADER]: origin } }));
  const carried = (answer: Response) => {
    const [, value] =
      /^([^;]+)/.exec(answer.headers.get("set-cookie") ?? "")?.[1]?.split(`${flowCookieName(true)}=`) ?? [];
    return openFlow(context.sealingKey, value, context.now());
  };
  return { ask, carried };
}
