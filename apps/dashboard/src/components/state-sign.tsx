import clsx from "clsx";

/** The states that the product speaks of, each with its own sign, so that none is told by colour alone. */
export type State = "direct" | "relayed" | "trying" | "failed" | "offline" | "unknown";

const COLOUR: Record<State, string> = {
  direct: "text-direct",
  relayed: "text-relayed",
  trying: "text-trying",
  failed: "text-failed",
  offline: "text-offline",
  unknown: "text-unknown",
};

export function StateSign({ state, className }: { readonly state: State; readonly className?: string }) {
  return (
    <svg
      viewBox="0 0 12 12"
      width="12"
      height="12"
      aria-hidden="true"
      focusable="false"
      className={clsx("size-3 shrink-0", COLOUR[state], className)}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
    >
      <Shape state={state} />
    </svg>
  );
}

function Shape({ state }: { readonly state: State }) {
  switch (state) {
    case "direct":
      return <circle cx="6" cy="6" r="5" fill="currentColor" stroke="none" />;
    case "relayed":
      return (
        <>
          <circle cx="6" cy="6" r="4.5" strokeWidth="1.5" />
          <path d="M6 1.5a4.5 4.5 0 0 0 0 9z" fill="currentColor" stroke="none" />
        </>
      );
    case "trying":
      return <path className="turning" d="M6 1.5a4.5 4.5 0 1 1-4.5 4.5" strokeLinecap="round" />;
    case "failed":
      return <path d="m2.25 2.25 7.5 7.5m0-7.5-7.5 7.5" strokeLinecap="round" />;
    case "offline":
      return <circle cx="6" cy="6" r="4.25" strokeWidth="1.5" />;
    case "unknown":
      return (
        <>
          <path d="M3.9 4.3a2.1 2.1 0 1 1 3.3 1.9c-.8.5-1.2.8-1.2 1.7" strokeWidth="1.5" strokeLinecap="round" />
          <circle cx="6" cy="10.6" r=".95" fill="currentColor" stroke="none" />
        </>
      );
    default:
      return state satisfies never;
  }
}

/** The sign and its word. */
export function StateLabel({ state, children }: { readonly state: State; readonly children: React.ReactNode }) {
  return (
    <span className="inline-flex items-center gap-1.5 align-middle whitespace-nowrap">
      <StateSign state={state} />
      {children}
    </span>
  );
}
