import { fileURLToPath } from "node:url";
import { migrate } from "drizzle-orm/better-sqlite3/migrator";
import type { Db } from "./client.ts";

/** Kept out of `client.ts`: a bundler would try to resolve this folder as an asset. */
export function migrateDb(db: Db): void {
  migrate(db, { migrationsFolder: fileURLToPath(new URL("./migrations", import.meta.url)) });
}
