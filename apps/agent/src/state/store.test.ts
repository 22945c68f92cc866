import { createPublicKey, verify } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromBase64Url } from "@pinhole/protocol";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadOrCreateIdentity } from "./identity.ts";
import { StateError } from "./state-error.ts";
import { StateStore } from "./store.ts";

let directory: string;
beforeEach(() => void (directory = join(mkdtempSync(join(tmpdir(), "pinhole-state-")), "state")));
afterEach(() => rmSync(join(directory, ".."), { recursive: true }));

describe("the state directory", () => {
  test("is open to its owner alone, and so is every file in it", () => {
    const store = new StateStore(directory);
    loadOrCreateIdentity(store);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(join(directory, "identity.json")).mode & 0o777).toBe(0o600);
  });

  test("closes a directory that was open before", () => {
    mkdirSync(directory, { mode: 0o755 });
    new StateStore(directory);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  test("leaves no temporary file behind", () => {
    const store = new StateStore(directory);
    for (let i = 0; i < 5; i++) store.save("settings", { tun: null, userspace: true });
    expect(readdirSync(directory)).toEqual(["settings.json"]);
  });

  test("has nothing where nothing was saved", () => {
    expect(new StateStore(directory).load("enrollment")).toBeUndefined();
  });

  test.each(["", "{", "[]", '{"tun":7}'])("says that a file is damaged, and keeps it: %j", (text) => {
    const store = new StateStore(directory);
    writeFileSync(join(directory, "settings.json"), text);
    expect(() => store.load("settings")).toThrow(StateError);
    expect(existsSync(join(directory, "settings.json"))).toBe(true);
  });
});

describe("the identity", () => {
  test("is made once", () => {
    const first = loadOrCreateIdentity(new StateStore(directory));
    const second = loadOrCreateIdentity(new StateStore(directory));
    expect(second.identityKey).toBe(first.identityKey);
    expect(second.nodeKey).toBe(first.nodeKey);
  });

  test("signs with the key that it names", () => {
    const { identityKey, sign } = loadOrCreateIdentity(new StateStore(directory));
    const message = Uint8Array.of(1, 2, 3);
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: identityKey }, format: "jwk" });
    expect(fromBase64Url(identityKey)).toHaveLength(32);
    expect(verify(null, message, key, sign(message))).toBe(true);
    expect(verify(null, Uint8Array.of(1, 2, 4), key, sign(message))).toBe(false);
  });
});
