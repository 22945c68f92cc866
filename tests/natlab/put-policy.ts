/** Saves a policy as an admin's next version of the document would be: into the database, which the dashboard watches. */
import { join } from "node:path";
import { openDb } from "@pinhole/drizzle";
import { appendRevision } from "@pinhole/drizzle/append-revision";
import { policyVersion, team } from "@pinhole/drizzle/schema";
import { desc } from "drizzle-orm";
import type { Server } from "./server.ts";

export function putPolicy({ dataDirectory }: Pick<Server, "dataDirectory">, document: unknown): void {
  const db = openDb(join(dataDirectory, "pinhole.db"));
  try {
    db.transaction(
      (tx) => {
        const { id: teamId } = tx.select({ id: team.id }).from(team).get()!;
        const last = tx.select().from(policyVersion).orderBy(desc(policyVersion.version)).get()!;
        const row = {
          teamId,
          version: last.version + 1,
          document: JSON.stringify(document),
          message: "from the lab",
          createdAt: new Date(),
        };
        tx.insert(policyVersion).values(row).run();
        appendRevision(tx, { teamId, kind: "policy" });
      },
      { behavior: "immediate" },
    );
  } finally {
    db.$client.close();
  }
}
