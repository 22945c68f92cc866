import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { ADDRESS_HEADER, newContext, ORIGIN_HEADER } from "@/server/context.ts";
import { onProcedureError } from "@/server/on-procedure-error.ts";
import { appRouter } from "@/server/routers/index.ts";

const MAX_BATCH = 32;

const handler = (request: Request): Promise<Response> =>
  fetchRequestHandler({
    endpoint: "/api/trpc",
    req: request,
    router: appRouter,
    maxBatchSize: MAX_BATCH,
    createContext: () =>
      newContext({
        cookie: request.headers.get("cookie"),
        authorization: request.headers.get("authorization"),
        address: request.headers.get(ADDRESS_HEADER),
        origin: request.headers.get(ORIGIN_HEADER),
      }),
    onError: onProcedureError,
    responseMeta: () => ({ headers: { "cache-control": "no-store" } }),
  });

export { handler as GET, handler as POST };
