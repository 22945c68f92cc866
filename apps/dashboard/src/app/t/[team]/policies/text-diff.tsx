import clsx from "clsx";
import { diffLines } from "diff";

/** Unchanged lines around a change that are shown; the rest is folded. */
const CONTEXT = 2;

type Line = { readonly at: number; readonly sign: "+" | "−" | " "; readonly text: string };

const WORDS = { "+": "added", "−": "removed", " ": undefined } as const;

/** Two texts, line by line. */
export function TextDiff({ before, after }: { readonly before: string; readonly after: string }) {
  const lines = linesOf(before, after);
  if (lines.every(({ sign }) => sign === " ")) return <p className="text-muted">The text is the same.</p>;
  return (
    <section
      aria-label="Text changes"
      className="overflow-x-auto rounded-md border border-hairline font-mono text-sm"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by keyboard
      tabIndex={0}
    >
      <ol className="min-w-max py-1">
        {shownLines(lines).map((line, index, all) => (
          <li key={line.at}>
            {index > 0 && line.at !== (all[index - 1]?.at ?? 0) + 1 && <p className="px-3 text-muted">⋯</p>}
            <p
              className={clsx(
                "px-3 whitespace-pre",
                line.sign === "+" && "bg-direct-wash",
                line.sign === "−" && "bg-failed-wash",
              )}
            >
              {WORDS[line.sign] !== undefined && <span className="sr-only">{WORDS[line.sign]}: </span>}
              <span aria-hidden="true" className="me-2 select-none">
                {line.sign}
              </span>
              {line.text}
            </p>
          </li>
        ))}
      </ol>
    </section>
  );
}

function linesOf(before: string, after: string): Line[] {
  let at = 0;
  return diffLines(before, after).flatMap(({ value, added, removed }) =>
    value
      .replace(/\n$/, "")
      .split("\n")
      .map((text): Line => ({ at: at++, sign: added ? "+" : removed ? "−" : " ", text })),
  );
}

function shownLines(lines: readonly Line[]): Line[] {
  const changed = lines.flatMap(({ sign, at }) => (sign === " " ? [] : [at]));
  return lines.filter(({ at }) => changed.some((each) => Math.abs(each - at) <= CONTEXT));
}
