"use client";

/**
 * A menu on the browser's own popover: it is in the top layer, a click elsewhere or Escape closes it, and the button
 * that opened it gets the focus back. What is left to do here is the keyboard pattern of a menu and where to put it.
 */
import clsx from "clsx";
import { Check } from "lucide-react";
import Link from "next/link";
import { createContext, use, useEffect, useId, useRef, useState } from "react";
import { nextItem } from "./menu-keys.ts";

export type MenuTriggerProps = {
  readonly id: string;
  readonly popoverTarget: string;
  readonly "aria-haspopup": "menu";
  readonly "aria-expanded": boolean;
  readonly onKeyDown: (event: React.KeyboardEvent) => void;
};

type MenuProps = {
  readonly trigger: (props: MenuTriggerProps) => React.ReactNode;
  readonly children: React.ReactNode;
  /** Which edge of the button the menu keeps to. */
  readonly align?: "start" | "end";
};

const GAP_PX = 4;
/** Less room than this below the button, and the menu opens above it. */
const ROOM_PX = 240;
const MOVED_PX = 8;

const CloseContext = createContext<() => void>(() => undefined);

export function Menu({ trigger, children, align = "end" }: MenuProps) {
  const menuId = useId();
  const triggerId = `${menuId}-trigger`;
  const popup = useRef<HTMLDivElement>(null);
  const [isOpen, setOpen] = useState(false);

  // The browser opens it without us: a click that came before the page was ready has shown an empty menu, which is filled now.
  useEffect(() => {
    const element = popup.current;
    if (element === null || !element.matches(":popover-open")) return;
    place(element, document.getElementById(triggerId), align);
    setOpen(true);
  }, [triggerId, align]);

  useEffect(() => {
    if (!isOpen) return;
    // It stays where it was put: once its button has moved away, it points at nothing.
    const top = document.getElementById(triggerId)?.getBoundingClientRect().top ?? 0;
    const onScroll = () => {
      const now = document.getElementById(triggerId)?.getBoundingClientRect().top ?? top;
      if (Math.abs(now - top) > MOVED_PX) popup.current?.hidePopover();
    };
    document.addEventListener("scroll", onScroll, { capture: true, passive: true });
    return () => document.removeEventListener("scroll", onScroll, { capture: true });
  }, [isOpen, triggerId]);

  return (
    <>
      {trigger({
        id: triggerId,
        popoverTarget: menuId,
        "aria-haspopup": "menu",
        "aria-expanded": isOpen,
        onKeyDown(event) {
          if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
          event.preventDefault();
          document.getElementById(menuId)?.showPopover();
        },
      })}
      <div
        ref={popup}
        id={menuId}
        popover="auto"
        role="menu"
        aria-labelledby={triggerId}
        tabIndex={-1}
        className="menu-popup"
        onBeforeToggle={(event) => {
          const opens = event.newState === "open";
          setOpen(opens);
          if (opens) place(event.currentTarget, document.getElementById(triggerId), align);
        }}
        onToggle={(event) => {
          if (event.newState === "open") items(event.currentTarget)[0]?.focus();
        }}
        onKeyDown={(event) => {
          const all = items(event.currentTarget);
          const target = nextItem(all, document.activeElement, event.key);
          if (target !== undefined) {
            event.preventDefault();
            target.focus();
          } else if (event.key === "Tab") {
            popup.current?.hidePopover();
          }
        }}
      >
        {isOpen && <CloseContext value={() => popup.current?.hidePopover()}>{children}</CloseContext>}
      </div>
    </>
  );
}

function items(menu: Element): HTMLElement[] {
  return [...menu.querySelectorAll<HTMLElement>("[role^=menuitem]:not([aria-disabled=true])")];
}

function place(popup: HTMLElement, trigger: HTMLElement | null, align: "start" | "end"): void {
  if (trigger === null) return;
  const { top, bottom, left, right } = trigger.getBoundingClientRect();
  const { clientWidth, clientHeight } = document.documentElement;
  const opensUp = clientHeight - bottom < ROOM_PX && top > clientHeight - bottom;
  Object.assign(popup.style, {
    left: align === "start" ? `${left}px` : "auto",
    right: align === "end" ? `${clientWidth - right}px` : "auto",
    top: opensUp ? "auto" : `${bottom + GAP_PX}px`,
    bottom: opensUp ? `${clientHeight - top + GAP_PX}px` : "auto",
  });
}

type ItemProps = {
  readonly children: React.ReactNode;
  readonly onSelect: () => void;
  readonly dangerous?: boolean;
};

export function MenuItem({ children, onSelect, dangerous = false }: ItemProps) {
  const close = use(CloseContext);
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      onClick={() => {
        // First, so that what opens next finds the focus where it shall return to.
        close();
        onSelect();
      }}
      className={clsx("menu-item", dangerous && "text-danger")}
    >
      {children}
    </button>
  );
}

export function MenuLink({ href, children }: { readonly href: string; readonly children: React.ReactNode }) {
  const close = use(CloseContext);
  return (
    <Link href={href} role="menuitem" tabIndex={-1} onClick={close} className="menu-item">
      {children}
    </Link>
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
  const close = use(CloseContext);
  return (
    <>
      <p className="px-2 py-1 text-xs text-muted" role="presentation">
        {label}
      </p>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          role="menuitemradio"
          aria-checked={option.value === value}
          tabIndex={-1}
          onClick={() => {
            close();
            onChange(option.value);
          }}
          className="menu-item"
        >
          <span className="flex-1">{option.label}</span>
          {option.value === value && <Check aria-hidden="true" className="size-4" />}
        </button>
      ))}
    </>
  );
}

export function MenuSeparator() {
  return <hr className="-mx-1 my-1 border-hairline" />;
}
