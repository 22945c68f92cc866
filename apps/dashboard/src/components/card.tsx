import clsx from "clsx";
import { useId } from "react";

type Props = {
  readonly title: React.ReactNode;
  readonly actions?: React.ReactNode;
  readonly children: React.ReactNode;
  /** Tables and charts bring their own inner edges. */
  readonly flush?: boolean;
  readonly className?: string;
};

/** The one level of boxes there is. */
export function Card({ title, actions, children, flush = false, className }: Props) {
  const headingId = useId();
  return (
    <section
      aria-labelledby={headingId}
      className={clsx("min-w-0 rounded-lg border border-hairline bg-surface", className)}
    >
      <header className="flex min-h-11 flex-wrap items-center justify-between gap-2 border-b border-hairline px-4 py-1.5">
        <h2 id={headingId} className="font-medium">
          {title}
        </h2>
        {actions}
      </header>
      <div className={clsx(!flush && "p-4")}>{children}</div>
    </section>
  );
}
