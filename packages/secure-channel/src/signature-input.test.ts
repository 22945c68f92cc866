import { expect, test } from "vitest";
import { signatureInput } from "./signature-input.ts";

test("what is signed names the product, the purpose and the session", () => {
  const hash = new Uint8Array(32).fill(0xab);
  expect(Buffer.from(signatureInput(hash, "enroll")).toString("latin1")).toBe(
    `pinhole/device-signature/1\0enroll\0${"\xab".repeat(32)}`,
  );
  expect(signatureInput(hash, "session")).not.toEqual(signatureInput(hash, "enroll"));
  expect(() => signatureInput(new Uint8Array(31), "session")).toThrow(RangeError);
});
