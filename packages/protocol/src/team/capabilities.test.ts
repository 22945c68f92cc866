import { describe, expect, test } from "vitest";
import { CAPABILITIES, capabilitiesOf, hasCapability, mayAssign, ROLES, SCOPES } from "./capabilities.ts";

describe("capabilities", () => {
  test("an owner has every one, and each is somebody else's or the owner's alone by name", () => {
    for (const capability of CAPABILITIES) expect(hasCapability("owner", capability)).toBe(true);
    expect(CAPABILITIES.filter((each) => !hasCapability("admin", each))).toEqual(["owners.manage"]);
  });

  test("who only looks changes nothing", () => {
    const held = CAPABILITIES.filter((capability) => hasCapability("auditor", capability));
    expect(held.filter((capability) => !/\.(view|export)$/.test(capability))).toEqual([]);
  });

  test("a member has what is their own, and nothing else", () => {
    expect(capabilitiesOf("member")).toEqual(["team.view", "devices.own"]);
  });

  test("a token has what its scopes leave of the role, and reads with one scope what its maker reads", () => {
    expect(capabilitiesOf("operator", ["team.view", "policy.edit"])).toEqual([
      "team.view",
      "devices.view",
      "policy.view",
      "activity.view",
    ]);
    expect(capabilitiesOf("member", SCOPES)).toEqual(["team.view", "devices.own"]);
    expect(capabilitiesOf("owner", [])).toEqual([]);
  });

  test("no token makes owners or tokens", () => {
    expect(SCOPES.filter((scope) => /^(?:owners|api-tokens)\./.test(scope))).toEqual([]);
    expect(SCOPES).toContain("team.view");
  });

  test("nobody but an owner makes or unmakes an owner, and only owners and admins assign at all", () => {
    for (const role of ROLES) {
      expect(mayAssign(role, "owner")).toBe(role === "owner");
      for (const given of ROLES.filter((each) => each !== "owner"))
        expect(mayAssign(role, given)).toBe(role === "owner" || role === "admin");
    }
  });
});
