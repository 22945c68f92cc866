import { openTestDb, planOf } from "@pinhole/drizzle/testing";
import { expect, test } from "vitest";
import { expiredKeys } from "./expire-keys.ts";

test("keys that have expired are found by their index, each second anew", () => {
  const db = openTestDb();
  expect(planOf(db, expiredKeys(db, new Date()))).toEqual([
    "SEARCH device USING INDEX device_key_expires_idx (key_expires_at<?)",
  ]);
});
