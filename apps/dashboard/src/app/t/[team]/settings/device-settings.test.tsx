// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import type { TeamSettings } from "@/trpc/outputs.ts";
import { DeviceSettings } from "./device-settings.tsx";

afterEach(cleanup);

const settings = { needsApproval: false, keyLifetimeDays: 45, removeUnseenDays: null };

test("each change names what it changes, and nothing else", () => {
  const onChange = vi.fn<(settings: TeamSettings) => void>();
  render(<DeviceSettings settings={settings} mayChange onChange={onChange} />);
  fireEvent.click(screen.getByRole("checkbox", { name: "A person approves each new device" }));
  const lifetime = screen.getByRole<HTMLSelectElement>("combobox", { name: "A device’s key is good for" });
  // Set on the command line.
  expect(lifetime.value).toBe("45");
  fireEvent.change(lifetime, { target: { value: "never" } });
  fireEvent.change(screen.getByRole("combobox", { name: "Remove devices not seen for" }), { target: { value: "30" } });
  expect(onChange.mock.calls).toEqual([
    [{ needsApproval: true }],
    [{ keyLifetimeDays: null }],
    [{ removeUnseenDays: 30 }],
  ]);
});

test("members see them and change nothing", () => {
  render(<DeviceSettings settings={settings} mayChange={false} onChange={() => {}} />);
  for (const control of [screen.getByRole("checkbox"), ...screen.getAllByRole("combobox")])
    expect((control as HTMLInputElement).disabled).toBe(true);
});
