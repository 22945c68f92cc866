// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { InstallCommand } from "./install-command.tsx";

const TOKEN = `phk_${"abcdefghijklmnopq".repeat(4)}`;
const COMMAND = `printf %s '${TOKEN}' | sudo sh -c "$(curl -fsSL http://hub:3000/install.sh)"`;
const written: string[] = [];

beforeEach(() => {
  written.length = 0;
  Object.defineProperty(window, "isSecureContext", { value: true, configurable: true });
  vi.stubGlobal("navigator", { clipboard: { writeText: async (text: string) => void written.push(text) } });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

test("the token is masked in view and whole in the copy", async () => {
  renderCommand();
  expect(document.body.textContent).not.toContain(TOKEN);
  expect(document.body.textContent).toContain("phk_abcd••••••••");
  await press("Copy command");
  expect(written).toEqual([COMMAND]);
  expect(screen.getByRole("button", { name: "Copied" })).toBeDefined();
});

test("showing it is a choice", async () => {
  renderCommand();
  await press("Show token");
  expect(document.body.textContent).toContain(COMMAND);
});

test("where the agent is installed, the token goes through standard input too", async () => {
  renderCommand();
  fireEvent.click(screen.getByRole("tab", { name: "Agent installed" }));
  await press("Copy command");
  expect(written).toEqual([`printf %s '${TOKEN}' | sudo pinhole up --server http://hub:3000 --token -`]);
});

test("the arrow keys move between the tabs", () => {
  renderCommand();
  const tab = () => screen.getByRole("tab", { selected: true });
  expect(tab().textContent).toBe("New machine");
  fireEvent.keyDown(tab(), { key: "ArrowRight" });
  expect(tab().textContent).toBe("Agent installed");
  fireEvent.keyDown(tab(), { key: "ArrowRight" });
  expect(tab().textContent).toBe("New machine");
});

function renderCommand() {
  render(<InstallCommand token={TOKEN} installCommand={COMMAND} serverUrl="http://hub:3000" />);
}

async function press(name: string) {
  await act(async () => void fireEvent.click(screen.getByRole("button", { name })));
}
