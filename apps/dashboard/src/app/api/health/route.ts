import { sql } from "drizzle-orm";
import { getProcess } from "@/server/process.ts";

export const dynamic = "force-dynamic";

/** 200 when the database answers. */
export function GET(): Response {
  getProcess().db.get(sql`select 1`);
  return Response.json({ status: "ok" }, { headers: { "cache-control": "no-store" } });
}
