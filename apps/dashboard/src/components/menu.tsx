"use client";

import { Menu as Base } from "@base-ui/react/menu";
import clsx from "clsx";
import { Check } from "lucide-react";
import Link from "next/link";

type MenuProps = {
  readonly trigger: React.ReactElement;
  readonly children: React.ReactNode;
  readonly align?: "start" | "end";
};

export function Menu({ trigger, children, align = "end" }: MenuProps) {
  return (
    <Base.Root modal={false}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align={align} sideOffset={4} className="z-40 outline-0">
          <Base.Popup className="menu-popup">{children}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

type ItemProps = {
  readonly children: React.ReactNode;
  readonly onSelect: () => void;
  readonly dangerous?: boolean;
  readonly disabled?: boolean;
};

export function MenuItem({ children, onSelect, dangerous = false, disabled = false }: ItemProps) {
  return (
    <Base.Item disabled={disabled} onClick={onSelect} className={clsx("menu-item", dangerous && "text-danger")}>
      {children}
    </Base.Item>
  );
}

export function MenuLink({ href, children }: { readonly href: string; readonly children: React.ReactNode }) {
  return (
    <Base.LinkItem render={<Link href={href} />} closeOnClick className="menu-item">
      {children}
    </Base.LinkItem>
  );
}

type ChoicesProps<Value extends string> = {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly { readonly value: Value; readonly label: React.ReactNode }[];
  readonly onChange: (value: Value) => void;
};

/** One of several, with a tick at the one in force. */
export function MenuChoices<Value extends string>({ label, value, options, onChange }: ChoicesProps<Value>) {
  return (
    <Base.RadioGroup value={value} onValueChange={onChange}>
      <Base.GroupLabel className="px-2 py-1 text-xs text-muted">{label}</Base.GroupLabel>
      {options.map((option) => (
        <Base.RadioItem key={option.value} value={option.value} closeOnClick className="menu-item">
          <span className="flex-1">{option.label}</span>
          <Base.RadioItemIndicator>
            <Check aria-hidden="true" className="size-4" />
          </Base.RadioItemIndicator>
        </Base.RadioItem>
      ))}
    </Base.RadioGroup>
  );
}

export function MenuSeparator() {
  return <Base.Separator className="-mx-1 my-1 h-px bg-hairline" />;
}
