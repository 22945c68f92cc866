import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { seal, unseal } from "./seal.ts";
import { loadSealingKey } from "./sealing-key.ts";

const key = randomBytes(32);
const secret = new Uint8Array([1, 2, 3]);

describe("what is sealed", () => {
  test("opens with the key and for the purpose that it was sealed for, and no other", () => {
    const sealed = seal(key, secret, "a");
    expect(unseal(key, sealed, "a")).toEqual(secret);
    expect(unseal(key, sealed, "b")).toBeUndefined();
    expect(unseal(randomBytes(32), sealed, "a")).toBeUndefined();
  });

  test("does not open with any byte changed, or cut off", () => {
    const sealed = Buffer.from(seal(key, secret, "a"), "base64url");
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at]! ^= 1;
      expect(unseal(key, changed.toString("base64url"), "a")).toBeUndefined();
      expect(unseal(key, sealed.subarray(0, at).toString("base64url"), "a")).toBeUndefined();
    }
  });

  test("looks different each time", () => {
    expect(seal(key, secret, "a")).not.toBe(seal(key, secret, "a"));
  });
});

describe("the key", () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "pinhole-seal-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  test("is made once, for the server's own eyes", () => {
    const first = loadSealingKey(folder);
    expect(first.ok && first.value.length).toBe(32);
    expect(loadSealingKey(folder)).toEqual(first);
    expect(readdirSync(folder)).toEqual(["sealing.key"]);
    expect(statSync(join(folder, "sealing.key")).mode & 0o777).toBe(0o600);
  });

  test("that is damaged keeps the server from starting, and is not replaced", () => {
    writeFileSync(join(folder, "sealing.key"), "short");
    expect(loadSealingKey(folder)).toEqual({ ok: false, error: expect.stringContaining("is damaged") });
  });
});
