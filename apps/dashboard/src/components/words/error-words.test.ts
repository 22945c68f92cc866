import { TRPCClientError } from "@trpc/client";
import { expect, test } from "vitest";
import { errorWords, fieldErrors, refusalCode } from "./error-words.ts";

test("a refusal has its own words", () => {
  expect(errorWords(refused("device-name-taken")).title).toBe("Another device of this team has that name.");
  expect(refusalCode(refused("device-name-taken"))).toBe("device-name-taken");
});

test("an answer that never came is told apart from one that says no", () => {
  expect(errorWords(new TRPCClientError("Failed to fetch")).title).toBe("The server does not answer.");
});

test("what nobody expected is not shown as it is", () => {
  expect(errorWords(refused("SQLITE_CORRUPT: /var/lib/secret.db")).title).toBe("The server failed on this.");
  expect(errorWords(new Error("toString")).title).toBe("The server failed on this.");
  expect(errorWords(refused("toString")).title).toBe("The server failed on this.");
});

test("each field gets its first complaint", () => {
  expect(fieldErrors(refused("bad-input", { email: ["not an address", "too long"], name: [], odd: 3 }))).toEqual({
    email: "not an address",
  });
  expect(fieldErrors(refused("device-not-found"))).toEqual({});
  expect(fieldErrors(new Error("x"))).toEqual({});
});

function refused(message: string, fields: unknown = null) {
  return TRPCClientError.from({
    error: { message, code: -32_600, data: { code: "CONFLICT", httpStatus: 409, fields } },
  });
}
