/**
 * One page over HTTP: `/metrics`, read anew for each request. It reads and changes nothing else, has no secret in it,
 * and answers no request that a page of some site could make in a browser: those name the site as their host.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { err, formatEndpoint, ok, parseAddress, parseEndpoint, type Result } from "@pinhole/protocol";
import type { Metrics } from "../daemon/local-messages.ts";
import { formatMetrics } from "./format-metrics.ts";

export type MetricsServer = {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** The figures, or in words why there are none. */
  readonly read: () => Promise<Metrics | string>;
  readonly listening: (url: string) => void;
  readonly signal: AbortSignal;
};

const PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";
const PLAIN = "text/plain; charset=utf-8";

/** Until the signal. The error is a sentence. */
export async function serveMetrics(options: MetricsServer): Promise<Result<void, string>> {
  // Here, or every command would load Node's HTTP with it, and the daemon keep it.
  const { createServer } = await import("node:http");
  const hasPeers = isLoopback(options.host);
  const server = createServer((request, response) => {
    void answer(request, options.read, hasPeers).then(({ status, type, text }) => {
      send(response, { status, type, text: request.method === "HEAD" ? "" : text });
    });
  });
  return new Promise((resolve) => {
    server.once("error", (error) => resolve(err(`${error.message}.`)));
    server.listen(options.port, options.host, () => {
      const { port } = server.address() as AddressInfo;
      options.listening(`http://${formatEndpoint({ address: options.host, port })}/metrics`);
      const stop = (): void => {
        server.close(() => resolve(ok(undefined)));
        server.closeAllConnections();
      };
      if (options.signal.aborted) stop();
      else options.signal.addEventListener("abort", stop, { once: true });
    });
  });
}

type Page = { readonly status: number; readonly type: string; readonly text: string };

async function answer(request: IncomingMessage, read: MetricsServer["read"], hasPeers: boolean): Promise<Page> {
  if (!isAddress(request.headers.host ?? "")) return plain(403, "Ask by address, or as localhost.");
  if (request.method !== "GET" && request.method !== "HEAD") return plain(405, "There is nothing but GET.");
  if (request.url !== "/metrics") return plain(404, "There is nothing but /metrics.");
  const figures = await read();
  if (typeof figures === "string") return plain(503, figures);
  return { status: 200, type: PROMETHEUS, text: formatMetrics(figures, { hasPeers }) };
}

function plain(status: number, words: string): Page {
  return { status, type: PLAIN, text: `${words}\n` };
}

function send(response: ServerResponse, { status, type, text }: Page): void {
  response.writeHead(status, {
    "content-type": type,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(text);
}

/** A name other than localhost may be anybody's, made to point here for a page's sake. */
function isAddress(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  return /^localhost(:\d+)?$/i.test(host) || parseEndpoint(host).ok || parseAddress(bare).ok;
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}
