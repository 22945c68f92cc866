import { sign, verify } from "node:crypto";
import { openTestDb } from "@pinhole/drizzle/testing";
import { fingerprintOf, keyPairOf } from "@pinhole/secure-channel";
import { expect, test } from "vitest";
import { loadServerKeys } from "./keys.ts";

test("the server's keys are made once, and are of use to those who take them", () => {
  const db = openTestDb();
  const keys = loadServerKeys(db);
  expect(keyPairOf(keys.channel.privateKey).publicKey).toEqual(keys.channel.publicKey);
  expect(fingerprintOf(keys.channel.publicKey)).toEqual(keys.fingerprint);
  const message = Buffer.from("ticket");
  expect(verify(null, message, keys.relay.publicKey, sign(null, message, keys.relay.privateKey))).toBe(true);
  const again = loadServerKeys(db);
  expect(keys.endpointProof).toHaveLength(32);
  expect([again.channel, again.fingerprint, again.endpointProof, again.authSecret]).toEqual([
    keys.channel,
    keys.fingerprint,
    keys.endpointProof,
    keys.authSecret,
  ]);
  expect(loadServerKeys(openTestDb()).authSecret).not.toBe(keys.authSecret);
});
