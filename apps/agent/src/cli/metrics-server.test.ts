import { request } from "node:http";
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import type { Metrics } from "../daemon/local-messages.ts";
import { serveMetrics } from "./metrics-server.ts";
import { newMetrics } from "./testing.ts";

describe("the metrics page", () => {
  test("is read anew for each request, with peers where only this machine asks", async () => {
    let warnings = 0;
    await using server = await open({ read: async () => ({ ...newMetrics(), warnings: ++warnings }) });
    expect((await server.ask({})).text).toContain("pinhole_warnings 1\n");
    const { status, type, text } = await server.ask({});
    expect({ status, type }).toEqual({ status: 200, type: "text/plain; version=0.0.4; charset=utf-8" });
    expect(text).toContain("pinhole_warnings 2\n");
    expect(text).toContain('peer="nas"');
  });

  test("names no peer where others reach it", async () => {
    await using server = await open({ host: "0.0.0.0" });
    const { status, text } = await server.ask({});
    expect(status).toBe(200);
    expect(text).not.toContain("nas");
  });

  // A site whose name is made to point at this machine would have its visitors' browsers ask.
  test.each(["evil.example", "evil.example:80", "127.0.0.1.evil.example"])(
    "is nothing for who asks %j",
    async (host) => {
      await using server = await open({});
      expect(await server.ask({ host })).toMatchObject({ status: 403 });
    },
  );

  test.each(["127.0.0.1", "localhost", "localhost:80", "[::1]:80", "192.0.2.1:9191"])(
    "is there for who asks %s",
    async (host) => {
      await using server = await open({});
      expect(await server.ask({ host })).toMatchObject({ status: 200 });
    },
  );

  test("is the only one, and is only read", async () => {
    await using server = await open({});
    expect(await server.ask({ path: "/" })).toMatchObject({ status: 404 });
    expect(await server.ask({ method: "POST" })).toMatchObject({ status: 405 });
    expect(await server.ask({ method: "HEAD" })).toMatchObject({ status: 200, text: "" });
  });

  test("says why there is nothing on it", async () => {
    await using server = await open({ read: async () => "Pinhole is not running on this machine." });
    expect(await server.ask({})).toMatchObject({ status: 503, text: "Pinhole is not running on this machine.\n" });
  });

  test("is refused in words where the port is taken", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", () => resolve()));
    const { port } = other.address() as { port: number };
    const { signal } = new AbortController();
    const listening = (): void => expect.fail("it listens");
    const served = await serveMetrics({ host: "127.0.0.1", port, read: async () => "", listening, signal });
    expect(served).toMatchObject({ ok: false, error: expect.stringContaining("EADDRINUSE") });
    other.close();
  });
});

type Answer = { readonly status: number; readonly type: string; readonly text: string };
type Question = { readonly path?: string; readonly method?: string; readonly host?: string };
type Server = AsyncDisposable & { readonly ask: (question: Question) => Promise<Answer> };

async function open(options: { host?: string; read?: () => Promise<Metrics | string> }): Promise<Server> {
  const stop = new AbortController();
  const { host = "127.0.0.1", read = async () => newMetrics() } = options;
  const url = Promise.withResolvers<string>();
  const ended = serveMetrics({ host, port: 0, read, listening: url.resolve, signal: stop.signal });
  const port = Number(new URL(await url.promise).port);
  return {
    ask: (question) => ask(port, question),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      expect(await ended).toEqual({ ok: true, value: undefined });
    },
  };
}

function ask(port: number, { path = "/metrics", method = "GET", host = "127.0.0.1" }: Question): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path, method, headers: { host } }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, type: response.headers["content-type"] ?? "", text }),
      );
    });
    asked.on("error", reject);
    asked.end();
  });
}
