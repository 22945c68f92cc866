import clsx from "clsx";

/** A small bright aperture in a dark disc, and the one straight ray through it. */
export function Mark({ className }: { readonly className?: string }) {
  return (
    <svg
      viewBox="0 0 32 32"
      width="24"
      height="24"
      aria-hidden="true"
      focusable="false"
      className={clsx("shrink-0", className ?? "size-6")}
    >
      <circle cx="16" cy="16" r="15" fill="var(--ring-disc)" stroke="var(--hairline)" />
      <path d="M1.6 20.6 30.4 11.4" stroke="var(--ring-ray)" strokeWidth="1.5" fill="none" />
      <circle cx="16" cy="16" r="4.6" fill="var(--ring-disc)" stroke="var(--ring-ray)" strokeWidth="1.5" />
      <circle cx="16" cy="16" r="2.6" fill="oklch(0.985 0.02 195)" />
    </svg>
  );
}
