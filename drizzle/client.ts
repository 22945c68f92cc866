import Database from "better-sqlite3";
import { drizzle } from "drizzle-orm/better-sqlite3";
import * as schema from "./schema/index.ts";

export type Db = ReturnType<typeof openDb>;

/**
 * Opens the database. It must already be migrated: see `migrate.ts`.
 *
 * better-sqlite3 is synchronous, and a `db.transaction` callback must be too: an `async` one type-checks, then throws
 * and rolls back when it runs.
 */
export function openDb(file: string, options: Database.Options = {}) {
  const sqlite = new Database(file, options);
  sqlite.pragma("journal_mode = WAL");
  sqlite.pragma("synchronous = FULL"); // an acknowledged change survives a power cut
  sqlite.pragma("foreign_keys = ON"); // off by default, and per connection
  sqlite.pragma("busy_timeout = 5000");
  return drizzle(sqlite, { schema, casing: "snake_case" });
}
