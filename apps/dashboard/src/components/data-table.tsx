/* oxlint-disable jsx-a11y/no-redundant-roles, jsx-a11y/no-interactive-element-to-noninteractive-role -- see below */
import clsx from "clsx";
import { ArrowDown, ArrowUp } from "lucide-react";
import type { ComponentProps } from "react";

/*
 * A plain table that turns into cards below 640 px. The roles are written out because `display: block` on rows would
 * otherwise take them away from screen readers in some browsers.
 */

type TableProps = {
  readonly caption: string;
  readonly cards?: boolean;
  /** Inside a card, which has the edges and is the landmark. */
  readonly inCard?: boolean;
  readonly children: React.ReactNode;
  readonly className?: string;
};

export function DataTable({ caption, cards = true, inCard = false, children, className }: TableProps) {
  const table = (
    <table role="table" aria-label={caption} className={clsx("data-table", cards && "as-cards")}>
      {children}
    </table>
  );
  const look = clsx(
    "relative overflow-x-auto bg-surface",
    inCard ? "rounded-b-lg" : "rounded-lg border border-hairline",
    className,
  );
  if (inCard) {
    return (
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex, jsx-a11y/prefer-tag-over-role -- what scrolls must be reachable by keyboard
      <div className={look} tabIndex={0} role="group" aria-label={`${caption}, scrolls`}>
        {table}
      </div>
    );
  }
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
    <section className={look} tabIndex={0} aria-label={caption}>
      {table}
    </section>
  );
}

export type SortOrder = "ascending" | "descending";
export type Sort<Key extends string> = { readonly key: Key; readonly order: SortOrder };

type SortableProps<Key extends string> = {
  readonly sortKey: Key;
  readonly sort: Sort<Key>;
  readonly onSort: (sort: Sort<Key>) => void;
  readonly children: string;
  readonly numeric?: boolean;
};

export function SortableHead<Key extends string>({
  sortKey,
  sort,
  onSort,
  children,
  numeric = false,
}: SortableProps<Key>) {
  const order = sort.key === sortKey ? sort.order : undefined;
  const Arrow = order === "descending" ? ArrowDown : ArrowUp;
  return (
    <th role="columnheader" scope="col" aria-sort={order ?? "none"} className={clsx(numeric && "num")}>
      <button
        type="button"
        onClick={() => onSort({ key: sortKey, order: order === "ascending" ? "descending" : "ascending" })}
        className={clsx(
          "group -mx-1 inline-flex min-h-6 items-center gap-1 rounded-sm px-1 hover:text-text",
          order !== undefined && "text-text",
        )}
      >
        {children}
        <Arrow
          aria-hidden="true"
          className={clsx(
            "size-3",
            order === undefined && "opacity-0 group-hover:opacity-60 group-focus-visible:opacity-60",
          )}
        />
      </button>
    </th>
  );
}

export function ColumnHead({ className, ...rest }: ComponentProps<"th">) {
  return <th {...rest} role="columnheader" scope="col" className={className} />;
}

export function HeadRow({ children }: { readonly children: React.ReactNode }) {
  return (
    <thead role="rowgroup">
      <tr role="row">{children}</tr>
    </thead>
  );
}

export function Body({ children }: { readonly children: React.ReactNode }) {
  return <tbody role="rowgroup">{children}</tbody>;
}

export function Row({ children, className, ...rest }: ComponentProps<"tr">) {
  return (
    <tr {...rest} role="row" className={className}>
      {children}
    </tr>
  );
}

/** The cell that names the row. */
export function RowTitle({ children, className }: ComponentProps<"th">) {
  return (
    <th role="rowheader" scope="row" className={clsx("card-title", className)}>
      <div className="min-w-0">{children}</div>
    </th>
  );
}

type CellProps = ComponentProps<"td"> & { readonly label?: string };

/** `label` is the column's name, for the card. Without children it says "none" with a dash; with "" it stays blank. */
export function Cell({ label, children, className, ...rest }: CellProps) {
  const isBlank = children === "";
  const isEmpty = isBlank || children === undefined || children === null;
  return (
    <td {...rest} role="cell" data-label={label} data-empty={isEmpty || undefined} className={className}>
      {isBlank ? null : isEmpty ? <Nothing /> : <div className="min-w-0">{children}</div>}
    </td>
  );
}

/** A dash that is not read aloud: this row has no such value. */
export function Nothing() {
  return (
    <span aria-hidden="true" className="text-muted">
      –
    </span>
  );
}
