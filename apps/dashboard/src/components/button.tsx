import clsx from "clsx";
import Link from "next/link";
import type { ComponentProps } from "react";

type Look = "primary" | "secondary" | "quiet" | "danger";

const BASE =
  "inline-flex min-h-8 items-center justify-center gap-1.5 rounded-md px-3 py-1 font-medium transition-colors duration-100 disabled:opacity-60 [&_svg]:size-4 [&_svg]:shrink-0";

const LOOK: Record<Look, string> = {
  primary:
    "border border-transparent bg-accent text-on-accent enabled:hover:bg-accent-hover [a&]:hover:bg-accent-hover",
  secondary: "border border-border bg-surface text-text enabled:hover:bg-hover [a&]:hover:bg-hover",
  quiet: "border border-transparent text-text enabled:hover:bg-hover [a&]:hover:bg-hover",
  danger: "border border-transparent bg-danger-solid text-on-danger enabled:hover:bg-danger-solid-hover",
};

type ButtonProps = ComponentProps<"button"> & { readonly look?: Look; readonly busy?: boolean };

/** `busy` keeps the button focusable and named while its action runs, and ignores further clicks. */
export function Button({
  look = "secondary",
  busy = false,
  className,
  onClick,
  type = "button",
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      // oxlint-disable-next-line react/button-has-type -- the default above is "button"
      type={busy && type === "submit" ? "button" : type}
      aria-disabled={busy || undefined}
      onClick={busy ? undefined : onClick}
      className={clsx(BASE, LOOK[look], busy && "cursor-progress opacity-60", className)}
    />
  );
}

type ButtonLinkProps = ComponentProps<typeof Link> & { readonly look?: Look };

export function ButtonLink({ look = "secondary", className, ...rest }: ButtonLinkProps) {
  return <Link {...rest} className={clsx(BASE, LOOK[look], className)} />;
}

type IconButtonProps = Omit<ButtonProps, "look"> & { readonly "aria-label": string };

/** A square of 32 px; what it does is its label, and a tip for those who see. */
export function IconButton({ className, ...rest }: IconButtonProps) {
  return (
    <Button
      {...rest}
      look="quiet"
      data-tip={rest["aria-label"]}
      className={clsx("size-8 min-h-0 px-0! text-muted hover:text-text", className)}
    />
  );
}
