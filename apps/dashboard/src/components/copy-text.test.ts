// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from "vitest";
import { copyText } from "./copy-text.ts";

afterEach(() => void vi.unstubAllGlobals());

test("a page that is no secure context copies by selection, and cleans up after itself", async () => {
  Object.defineProperty(window, "isSecureContext", { value: false, configurable: true });
  const copied: string[] = [];
  document.execCommand = () => {
    const area = document.querySelector("textarea");
    copied.push(area?.value ?? "");
    return true;
  };
  const button = document.createElement("button");
  document.body.append(button);
  button.focus();

  expect(await copyText("100.64.0.7")).toBe(true);
  expect(copied).toEqual(["100.64.0.7"]);
  expect(document.querySelector("textarea")).toBeNull();
  expect(document.activeElement).toBe(button);
});

test("a refused permission falls back to the selection", async () => {
  Object.defineProperty(window, "isSecureContext", { value: true, configurable: true });
  vi.stubGlobal("navigator", { clipboard: { writeText: () => Promise.reject(new Error("NotAllowedError")) } });
  document.execCommand = () => true;
  expect(await copyText("x")).toBe(true);
});

test("a browser that refuses both is told apart from success", async () => {
  Object.defineProperty(window, "isSecureContext", { value: false, configurable: true });
  document.execCommand = () => false;
  expect(await copyText("x")).toBe(false);
});
