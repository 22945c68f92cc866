import { describe, expect, test } from "vitest";
import { readClaims } from "./claims.ts";

const whole = { sub: "1", email: "Ana@Example.test", email_verified: true, name: "Ana", auth_time: 1_800_000_000 };

describe("what a provider says", () => {
  test("is read from the ID token", () => {
    expect(readClaims(whole, {})).toEqual({
      subject: "1",
      email: "ana@example.test",
      isVerified: true,
      name: "Ana",
      verifiedAt: new Date("2027-01-15T08:00:00Z"),
    });
  });

  test("is read from the userinfo endpoint where the token leaves it out, and the time never is", () => {
    expect(readClaims({ sub: "1" }, whole)).toMatchObject({ isVerified: true, name: "Ana", verifiedAt: null });
  });

  test.each([undefined, false, "false", 1, null, {}, "TRUE"])(
    "with %j for email_verified vouches for nothing",
    (said) => {
      expect(readClaims({ ...whole, email_verified: said }, {}).isVerified).toBe(false);
    },
  );

  test("of one address does not vouch for another", () => {
    const token = { sub: "1", email: "ana@example.test" };
    expect(readClaims(token, { email_verified: true })).toMatchObject({ isVerified: false });
    expect(readClaims(token, { email: "eve@example.test", email_verified: true })).toMatchObject({
      email: "eve@example.test",
    });
  });

  test.each(["", "ana", "a@b", 7, null, "ana@example.test\nx", `${"a".repeat(300)}@example.test`])(
    "with the address %j has none",
    (email) => {
      expect(readClaims({ ...whole, email }, {}).email).toBeNull();
    },
  );

  test.each(["", " ", "\u202egnp.exe", "x".repeat(64), 7])("with the name %j has none", (name) => {
    expect(readClaims({ ...whole, name }, {}).name).toBeNull();
  });

  test.each([0, -1, Number.NaN, 1e300, "1800000000", null])("with the time %j says nothing of it", (time) => {
    expect(readClaims({ ...whole, auth_time: time }, {}).verifiedAt).toBeNull();
  });
});
