import { randomBytes } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Prefix } from "@pinhole/protocol";
import { isSecureUrl } from "../auth/cookie.ts";
import { handleDownload } from "../downloads/handle-download.ts";
import { clientAddress } from "./client-address.ts";
import { guardRequest } from "./guard.ts";
import { securityHeaders } from "./security-headers.ts";

export type NextHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

type Options = {
  readonly publicUrl: string | undefined;
  readonly proxies: readonly Prefix[];
  readonly isDev: boolean;
  readonly next: NextHandler;
};

/** Every HTTP request: guarded, then a download or Next's. */
export function newRequestListener({ publicUrl, proxies, isDev, next }: Options): RequestListener {
  return (request, response) => {
    const nonce = randomBytes(16).toString("base64");
    const refused = guardRequest(request, { publicUrl, address: clientAddress(request, proxies), nonce });
    const headers = securityHeaders({
      host: request.headers.host ?? "",
      nonce,
      isSecure: isSecureUrl(publicUrl),
      isDev,
    });
    // A host that was refused must not come back in a header either.
    if (refused === undefined) for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (refused !== undefined) {
      response.writeHead(refused.status, { "content-type": "text/plain; charset=utf-8", connection: "close" });
      response.end(`${refused.message}\n`);
      return;
    }
    if (handleDownload(request, response, publicUrl)) return;
    // Next takes the nonce for its own scripts from here.
    request.headers["content-security-policy"] = headers["content-security-policy"];
    next(request, response).catch((error: unknown) => {
      console.error("a page failed:", error);
      if (!response.headersSent) response.writeHead(500, { "content-type": "text/plain; charset=utf-8" });
      response.end();
    });
  };
}
