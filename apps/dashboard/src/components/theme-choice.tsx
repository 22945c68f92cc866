"use client";

import { Monitor, Moon, Sun } from "lucide-react";
import { useState } from "react";
import { IconButton } from "./button.tsx";
import { Menu, MenuChoices } from "./menu.tsx";
import { applyTheme, type Theme } from "./theme.ts";

const ICON = { system: Monitor, light: Sun, dark: Moon } as const;
const OPTIONS = [
  { value: "system", label: "System" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
] as const satisfies readonly { value: Theme; label: string }[];

export function ThemeMenu({ initial }: { readonly initial: Theme }) {
  const [theme, setTheme] = useState(initial);
  const Icon = ICON[theme];
  return (
    <Menu
      trigger={(props) => (
        <IconButton {...props} aria-label="Theme">
          <Icon aria-hidden="true" />
        </IconButton>
      )}
    >
      <MenuChoices
        label="Theme"
        value={theme}
        options={OPTIONS}
        onChange={(chosen) => {
          setTheme(chosen);
          applyTheme(chosen);
        }}
      />
    </Menu>
  );
}
