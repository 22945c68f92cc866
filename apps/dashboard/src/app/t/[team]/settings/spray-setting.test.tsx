// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { SpraySetting } from "./spray-setting.tsx";

afterEach(cleanup);

const NAME = "Try many ports where nothing else opens a pair of NATs";

test("says what it costs, and what it is switched to", () => {
  const onChange = vi.fn<(maySpray: boolean) => void>();
  render(<SpraySetting maySpray mayChange onChange={onChange} />);
  const box = screen.getByRole<HTMLInputElement>("checkbox", {
    name: NAME,
    description: /port scan.*stay on the relay/,
  });
  expect(box.checked).toBe(true);
  fireEvent.click(box);
  expect(onChange).toHaveBeenCalledExactlyOnceWith(false);
});

test("is for members to see and not to change", () => {
  render(<SpraySetting maySpray={false} mayChange={false} onChange={() => {}} />);
  expect(screen.getByRole<HTMLInputElement>("checkbox", { name: NAME }).disabled).toBe(true);
});
