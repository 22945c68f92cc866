/** One HTTP request to a router: bounded in time and size, without redirects, from the address that the router is asked for. */
import { request as httpRequest } from "node:http";
import { HTTP_TIMEOUT_MS, type HttpAnswer, type HttpRequest, MAX_HTTP_BODY_BYTES } from "@pinhole/portmap";
import { addressScope } from "@pinhole/protocol";
import type { GatewayWay } from "./gateway-ways.ts";

const MAX_HEADER_BYTES = 8_192;

/** `undefined` for every kind of failure. Never rejects. */
export function askGateway(
  { to, method, headers, body }: HttpRequest,
  { interfaceName, network }: GatewayWay,
  signal: AbortSignal,
): Promise<HttpAnswer | undefined> {
  const isOfLink = to.address.includes(":") && addressScope(to.address) === "link-local";
  return new Promise((resolve) => {
    const request = httpRequest({
      host: isOfLink ? `${to.address}%${interfaceName}` : to.address,
      port: to.port,
      path: to.path,
      method,
      headers: { ...headers, "Content-Length": Buffer.byteLength(body) },
      localAddress: network.local.address,
      agent: false,
      setHost: false,
      maxHeaderSize: MAX_HEADER_BYTES,
      // Over everything: an answer that trickles in has to end too.
      signal: AbortSignal.any([signal, AbortSignal.timeout(HTTP_TIMEOUT_MS)]),
    });
    request.on("error", () => resolve(undefined));
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on("data", (chunk: Buffer) => {
        length += chunk.length;
        chunks.push(chunk);
        if (length > MAX_HTTP_BODY_BYTES) request.destroy(new Error("too long"));
      });
      response.on("error", () => resolve(undefined));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }),
      );
    });
    request.end(body);
  });
}
