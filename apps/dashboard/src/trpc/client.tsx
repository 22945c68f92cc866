"use client";

import { type QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createTRPCClient,
  createWSClient,
  httpBatchLink,
  type TRPCClient,
  splitLink,
  type TRPCLink,
  wsLink,
} from "@trpc/client";
import { createTRPCContext } from "@trpc/tanstack-react-query";
import { useState } from "react";
import superjson from "superjson";
import type { AppRouter } from "@/server/routers/index.ts";
import { newQueryClient } from "./query-client.ts";
import { goToSignIn } from "./go-to-sign-in.ts";
import { stepUpLink } from "./step-up-link.ts";
import { stepUp } from "./step-up-store.ts";

const API_PATH = "/api/trpc";

/** An operator who restarts the server looks at this page to see it come back. */
const MAX_RETRY_MS = 15_000;

/** What the server closes a socket with when its session has ended; see `server/http/browser-sockets.ts`. */
const SIGNED_OUT_CODE = 4401;

export const { TRPCProvider, useTRPC } = createTRPCContext<AppRouter>();

let browserQueryClient: QueryClient | undefined;

/** One cache for the life of the page in a browser, one for each request on the server. */
function getQueryClient(): QueryClient {
  if (typeof window === "undefined") return newQueryClient();
  browserQueryClient ??= newQueryClient(goToSignIn);
  return browserQueryClient;
}

export function TrpcProvider({ children }: { readonly children: React.ReactNode }) {
  const queryClient = getQueryClient();
  const [trpcClient] = useState(newClient);
  return (
    <QueryClientProvider client={queryClient}>
      <TRPCProvider trpcClient={trpcClient} queryClient={queryClient}>
        {children}
      </TRPCProvider>
    </QueryClientProvider>
  );
}

function newClient(): TRPCClient<AppRouter> {
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === "subscription",
        true: eventsLink(),
        false: [stepUpLink(stepUp.ask), httpBatchLink({ url: API_PATH, transformer: superjson })],
      }),
    ],
  });
}

function eventsLink(): TRPCLink<AppRouter> {
  return wsLink({
    transformer: superjson,
    client: createWSClient({
      url: () => `${window.location.protocol === "https:" ? "wss:" : "ws:"}//${window.location.host}${API_PATH}`,
      // Opens with the first subscription, which only a browser makes.
      lazy: { enabled: true, closeMs: 1_000 },
      keepAlive: { enabled: true, intervalMs: 15_000, pongTimeoutMs: 5_000 },
      onClose(cause) {
        if (cause?.code === SIGNED_OUT_CODE) goToSignIn();
      },
      retryDelayMs: (attempt) => Math.random() * Math.min(MAX_RETRY_MS, 500 * 2 ** attempt),
    }),
  });
}
