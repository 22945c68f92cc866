import { originOf } from "@/server/http/origin.ts";
import { buildOpenApi } from "@/server/openapi/build-openapi.ts";
import { getProcess } from "@/server/process.ts";
import { appRouter } from "@/server/routers/index.ts";

/** The same for everybody, and no secret: how to talk to any server of this version. */
export function GET(request: Request): Response {
  const origin = originOf(request.headers.get("host") ?? "localhost", getProcess().env.url);
  return Response.json(buildOpenApi(appRouter, origin), { headers: { "cache-control": "no-store" } });
}
