import clsx from "clsx";
import { StateSign } from "./state-sign.tsx";

type Tone = "note" | "good" | "warning" | "problem";

const LOOK: Record<Tone, string> = {
  note: "border-hairline bg-sunken",
  good: "border-direct bg-direct-wash",
  warning: "border-relayed bg-relayed-wash",
  problem: "border-failed bg-failed-wash",
};

type Props = {
  readonly tone?: Tone;
  readonly title?: React.ReactNode;
  readonly children?: React.ReactNode;
  readonly actions?: React.ReactNode;
  /** Set where the notice appears in answer to something that a person did. */
  readonly live?: boolean;
  readonly className?: string;
};

/** Says what happened, what was kept and what to do next. */
export function Notice({ tone = "note", title, children, actions, live = false, className }: Props) {
  return (
    <div
      role={live ? (tone === "problem" ? "alert" : "status") : undefined}
      className={clsx(
        "flex flex-wrap items-start gap-x-3 gap-y-2 rounded-lg border px-3 py-2.5",
        LOOK[tone],
        className,
      )}
    >
      {tone === "problem" && <StateSign state="failed" className="mt-1" />}
      {tone === "good" && <StateSign state="direct" className="mt-1" />}
      <div className="min-w-0 flex-1 basis-56">
        {title !== undefined && <p className="font-medium">{title}</p>}
        {children !== undefined && <div className={clsx(title !== undefined && "mt-0.5 text-muted")}>{children}</div>}
      </div>
      {actions}
    </div>
  );
}
