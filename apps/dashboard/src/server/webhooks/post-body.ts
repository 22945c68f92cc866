import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP } from "node:net";
import { isPublicAddress, PRIVATE_ADDRESS, publicLookup, type Resolve } from "./public-lookup.ts";

export type Posted = {
  /** Null: there was no answer. */
  readonly status: number | null;
  readonly problem: string | null;
  readonly tookMs: number;
};

type Post = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly mayReachPrivate: boolean;
  readonly resolve: Resolve;
  readonly timeoutMs: number;
};

/** One attempt, on a connection of its own. What the other side says is thrown away, and it leads nowhere else (3xx). */
export function postBody({ url, headers, body, mayReachPrivate, resolve, timeoutMs }: Post): Promise<Posted> {
  const startedAt = performance.now();
  const { promise, resolve: settle } = Promise.withResolvers<Posted>();
  const done = (status: number | null, problem: string | null) =>
    settle({ status, problem, tookMs: Math.round(performance.now() - startedAt) });
  const target = new URL(url);
  const host = target.hostname.replace(/^\[|\]$/g, "");
  if (!mayReachPrivate && isIP(host) !== 0 && !isPublicAddress(host)) {
    done(null, PRIVATE_ADDRESS);
    return promise;
  }
  const request = (target.protocol === "https:" ? requestHttps : requestHttp)(target, {
    method: "POST",
    agent: false,
    signal: AbortSignal.timeout(timeoutMs),
    headers: { ...headers, "content-length": String(Buffer.byteLength(body)) },
    ...(!mayReachPrivate && { lookup: publicLookup(resolve) }),
  });
  request.on("response", (response) => {
    const { statusCode = 0 } = response;
    done(statusCode, statusCode >= 200 && statusCode < 300 ? null : "bad-status");
    response.destroy();
  });
  // An answer of its own kind, after which there is neither a response nor an error: nobody may wait for one.
  request.on("upgrade", ({ statusCode = 0 }, socket) => {
    done(statusCode, "bad-status");
    socket.destroy();
  });
  request.on("error", (error) => done(null, problemOf(error)));
  request.end(body);
  return promise;
}

/** A code: what the system says may name addresses of the server's own network. */
function problemOf(error: NodeJS.ErrnoException): string {
  if (error.message === PRIVATE_ADDRESS) return PRIVATE_ADDRESS;
  if (error.name === "AbortError" || error.name === "TimeoutError") return "timeout";
  switch (error.code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "name-not-found";
    case "ECONNREFUSED":
      return "refused";
    default:
      return error.code?.includes("CERT") || error.code?.startsWith("ERR_TLS") ? "bad-certificate" : "no-connection";
  }
}
