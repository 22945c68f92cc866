import clsx from "clsx";

/** For empty pages: two devices behind their walls, and a ray through the openings of both. */
export function PinholePicture({ className }: { readonly className?: string }) {
  return (
    <svg
      viewBox="0 0 240 96"
      width="240"
      height="96"
      aria-hidden="true"
      focusable="false"
      fill="none"
      className={clsx("w-60", className)}
    >
      <g stroke="var(--border)" strokeWidth="1">
        <rect x="8.5" y="34.5" width="40" height="26" rx="3" />
        <path d="M2.5 65.5h52" strokeLinecap="round" />
        <rect x="196.5" y="27.5" width="26" height="40" rx="3" />
        <path d="M203 35.5h13M203 41.5h13" strokeLinecap="round" />
        <circle cx="209.5" cy="58" r="2" />
      </g>
      <g stroke="var(--border)" strokeWidth="1">
        <path d="M84.5 8v34M84.5 54v34M155.5 8v34M155.5 54v34" />
        <path d="M78.5 8v36M78.5 52v36M161.5 8v36M161.5 52v36" opacity="0.45" />
      </g>
      <path d="M50 48h145" stroke="var(--accent)" strokeWidth="1.5" />
      <circle cx="120" cy="48" r="15" fill="var(--ring-disc)" />
      <path d="M105 48h30" stroke="var(--ring-ray)" strokeWidth="1.5" />
      <circle cx="120" cy="48" r="5" fill="var(--ring-disc)" stroke="var(--ring-ray)" strokeWidth="1.5" />
      <circle cx="120" cy="48" r="2.8" fill="oklch(0.985 0.02 195)" />
    </svg>
  );
}
