import type { TRPCError } from "@trpc/server";

/** Refusals are ordinary; only what nobody expected goes to the log, without its input. */
export function onProcedureError({ error, path }: { error: TRPCError; path?: string | undefined }): void {
  if (error.code === "INTERNAL_SERVER_ERROR") console.error(`${path ?? "a request"} failed:`, error.cause ?? error);
}
