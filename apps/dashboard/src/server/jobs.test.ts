import { session } from "@pinhole/drizzle/schema";
import { insertSession, insertUser } from "@pinhole/drizzle/testing";
import { expect, test } from "vitest";
import { prune } from "./jobs.ts";
import { NOW, newTestServer } from "./testing.ts";

const DAY_MS = 86_400_000;
const ago = (ms: number) => new Date(NOW.getTime() - ms);

test("a session is kept for a month after its end", () => {
  const { db } = newTestServer();
  const userId = insertUser(db).id;
  for (const ms of [-DAY_MS, 30 * DAY_MS, 30 * DAY_MS + 1]) insertSession(db, { userId, expiresAt: ago(ms) });
  prune({ db, now: () => NOW });
  expect(db.select().from(session).all()).toMatchObject([{ expiresAt: ago(-DAY_MS) }, { expiresAt: ago(30 * DAY_MS) }]);
});
