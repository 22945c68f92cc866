import { describe, expect, test } from "vitest";
import { toBase32 } from "./base32.ts";
import { matchingStep, stepAt, totpAt, totpUri } from "./totp.ts";

/** Of RFC 6238, Appendix B. Its codes have eight digits: ours are their last six. */
const SECRET = Buffer.from("12345678901234567890");

describe("a code", () => {
  test.each([
    [59, "287082"],
    [1_111_111_109, "081804"],
    [1_111_111_111, "050471"],
    [1_234_567_890, "005924"],
    [2_000_000_000, "279037"],
    [20_000_000_000, "353130"],
  ])("at %d s is the RFC's", (seconds, code) => {
    expect(totpAt(SECRET, stepAt(new Date(seconds * 1_000)))).toBe(code);
  });

  test("is taken one step early and one late, and no further", () => {
    const at = (seconds: number) => new Date(seconds * 1_000);
    const code = totpAt(SECRET, stepAt(at(900)));
    const taken = [839, 840, 869, 870, 900, 929, 959, 960].map((s) => matchingStep(SECRET, code, at(s)) !== undefined);
    expect(taken).toEqual([false, false, false, true, true, true, true, false]);
  });

  test.each(["", "28708", "2870822", "28708a", "２８７０８２", "287083"])("%j is none", (typed) => {
    expect(matchingStep(SECRET, typed, new Date(59_000))).toBeUndefined();
  });
});

// RFC 4648 §10, without padding.
test.each([
  ["", ""],
  ["f", "MY"],
  ["fo", "MZXQ"],
  ["foo", "MZXW6"],
  ["foob", "MZXW6YQ"],
  ["fooba", "MZXW6YTB"],
  ["foobar", "MZXW6YTBOI"],
])("%j in base32 is %j", (text, encoded) => {
  expect(toBase32(Buffer.from(text))).toBe(encoded);
});

test("names and addresses cannot add parameters to what the app reads", () => {
  const uri = totpUri("ABC", { issuer: "Pinhole", account: "a&secret=X?@example.test" });
  expect(uri).toBe("otpauth://totp/Pinhole:a%26secret%3DX%3F%40example.test?secret=ABC&issuer=Pinhole");
});
