import "server-only";

import { dehydrate, type FetchQueryOptions, HydrationBoundary, type QueryKey } from "@tanstack/react-query";
import { TRPCError } from "@trpc/server";
import { createTRPCOptionsProxy } from "@trpc/tanstack-react-query";
import { headers } from "next/headers";
import { notFound, redirect } from "next/navigation";
import { cache } from "react";
import { ADDRESS_HEADER, newContext, ORIGIN_HEADER, PATH_HEADER } from "@/server/context.ts";
import { appRouter } from "@/server/routers/index.ts";
import { newQueryClient } from "./query-client.ts";

export const getQueryClient = cache(() => newQueryClient());

const getContext = cache(async () => {
  const incoming = await headers();
  return newContext({
    cookie: incoming.get("cookie"),
    address: incoming.get(ADDRESS_HEADER),
    origin: incoming.get(ORIGIN_HEADER),
  });
});

/** Procedures called in this process, without a request to ourselves. */
export const trpc = createTRPCOptionsProxy({ ctx: getContext, router: appRouter, queryClient: getQueryClient });

/**
 * Loads what a page shows, so that its first HTML has it. Whoever is signed out goes to sign in; what is not there, or
 * not theirs, is a page that does not exist.
 */
export async function load<Data, Failure, Key extends QueryKey>(
  options: FetchQueryOptions<Data, Failure, Data, Key>,
): Promise<Data> {
  try {
    return await getQueryClient().fetchQuery(options);
  } catch (error) {
    if (error instanceof TRPCError && error.code === "UNAUTHORIZED") redirect(await signInAddress());
    if (error instanceof TRPCError && error.code === "NOT_FOUND") notFound();
    throw error;
  }
}

/** Of the sign-in form that comes back to this page. */
async function signInAddress(): Promise<string> {
  const asked = new URL((await headers()).get(PATH_HEADER) ?? "/", "http://site.invalid");
  // Next's own mark on the requests that it makes between two pages.
  asked.searchParams.delete("_rsc");
  const next = asked.pathname + asked.search;
  return next === "/" ? "/login" : `/login?next=${encodeURIComponent(next)}`;
}

/** Without the redirect that {@link load} answers "no" with. */
export async function isSignedIn(): Promise<boolean> {
  return (await getContext()).signedIn() !== null;
}

/** Hands what {@link load} fetched to the client components inside. */
export function Hydrate({ children }: { readonly children: React.ReactNode }) {
  return <HydrationBoundary state={dehydrate(getQueryClient())}>{children}</HydrationBoundary>;
}
