// @vitest-environment happy-dom
import { beforeEach, expect, test } from "vitest";
import { forgetDraft, keepDraft, loadDraft } from "./draft-store.ts";

beforeEach(() => localStorage.clear());

test("a draft is kept by team until it is forgotten", () => {
  const draft = { document: "{}", message: "why", base: 3 };
  keepDraft("crew", draft);
  expect(loadDraft("crew")).toEqual(draft);
  expect(loadDraft("other")).toBeUndefined();
  forgetDraft("crew");
  expect(loadDraft("crew")).toBeUndefined();
});

test.each(["{", "null", `{"document":1}`])("%s in its place is no draft", (text) => {
  localStorage.setItem("pinhole-policy-draft-crew", text);
  expect(loadDraft("crew")).toBeUndefined();
});
