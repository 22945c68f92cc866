/** The API as a program reaches it: a request in, status and text out. No page, and no port. */
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import type { Context } from "../context.ts";
import { appRouter } from "../routers/index.ts";

export type Answer = { readonly status: number; readonly text: string };

type Asked = { readonly path: string; readonly input: unknown; readonly type: "query" | "mutation" };

export async function askApi(context: Context, { path, input, type }: Asked): Promise<Answer> {
  const url = `http://pinhole.test/api/trpc/${path}`;
  const body = JSON.stringify({ json: input });
  const response = await fetchRequestHandler({
    endpoint: "/api/trpc",
    req:
      type === "query"
        ? new Request(`${url}?input=${encodeURIComponent(body)}`)
        : new Request(url, { method: "POST", headers: { "content-type": "application/json" }, body }),
    router: appRouter,
    createContext: () => context,
  });
  return { status: response.status, text: await response.text() };
}
