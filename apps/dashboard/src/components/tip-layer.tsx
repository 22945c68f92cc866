"use client";

/**
 * One tooltip for the whole page. Any element with `data-tip` (text) or `data-tip-time` (an ISO time, shown in the
 * reader's zone) gets it on hover and on keyboard focus. A list of 200 rows so costs no component per cell.
 */
import { useEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";

const HOVER_DELAY_MS = 350;
const TIP_SELECTOR = "[data-tip], [data-tip-time]";

type Shown = { readonly text: string; readonly x: number; readonly y: number; readonly above: boolean };

export function TipLayer() {
  const [shown, setShown] = useState<Shown>();
  const ref = useRef<HTMLDivElement>(null);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;

    function hide() {
      clearTimeout(timer);
      setShown(undefined);
    }
    function show(target: Element) {
      if (target.isConnected) setShown(placed(target));
    }
    function onOver(event: PointerEvent) {
      // The tip itself may be pointed at without vanishing (WCAG 1.4.13).
      if (event.target instanceof Node && ref.current?.contains(event.target)) return;
      const target = tipped(event.target);
      clearTimeout(timer);
      if (target === undefined) setShown(undefined);
      else if (event.pointerType === "mouse") timer = setTimeout(() => show(target), HOVER_DELAY_MS);
    }
    function onFocus(event: FocusEvent) {
      const target = tipped(event.target);
      if (target?.matches(":focus-visible") === true) show(target);
    }
    function onKey(event: KeyboardEvent) {
      if (event.key === "Escape") hide();
    }

    document.addEventListener("pointerover", onOver);
    document.addEventListener("pointerdown", hide);
    document.addEventListener("focusin", onFocus);
    document.addEventListener("focusout", hide);
    document.addEventListener("keydown", onKey);
    document.addEventListener("scroll", hide, { capture: true, passive: true });
    return () => {
      clearTimeout(timer);
      document.removeEventListener("pointerover", onOver);
      document.removeEventListener("pointerdown", hide);
      document.removeEventListener("focusin", onFocus);
      document.removeEventListener("focusout", hide);
      document.removeEventListener("keydown", onKey);
      document.removeEventListener("scroll", hide, { capture: true });
    };
  }, []);

  if (shown === undefined) return null;
  // Within the page's main part, so that no text stands outside of every landmark.
  return createPortal(
    <div
      ref={ref}
      role="tooltip"
      className="pointer-events-auto fixed z-60 w-max max-w-72 -translate-x-1/2 rounded-md border border-border bg-raised px-2 py-1 text-sm text-text data-above:-translate-y-full"
      data-above={shown.above || undefined}
      style={{ left: shown.x, top: shown.y }}
    >
      {shown.text}
    </div>,
    document.querySelector("dialog:modal") ?? document.querySelector("main") ?? document.body,
  );
}

function tipped(target: EventTarget | null): Element | undefined {
  return target instanceof Element ? (target.closest(TIP_SELECTOR) ?? undefined) : undefined;
}

function placed(target: Element): Shown {
  const box = target.getBoundingClientRect();
  const above = box.bottom + 48 > window.innerHeight;
  const half = 150;
  return {
    text: tipText(target),
    x: Math.min(
      Math.max(box.left + box.width / 2, Math.min(half, window.innerWidth / 2)),
      Math.max(window.innerWidth - half, window.innerWidth / 2),
    ),
    y: above ? box.top - 6 : box.bottom + 6,
    above,
  };
}

function tipText(target: Element): string {
  const iso = target.getAttribute("data-tip-time");
  if (iso === null) return target.getAttribute("data-tip") ?? "";
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" }).format(new Date(iso));
}
