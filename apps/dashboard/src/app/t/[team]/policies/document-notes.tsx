import { Notice } from "@/components/notice.tsx";

type Note = { readonly line: number; readonly column: number; readonly offset: number; readonly message: string };

type Props = {
  readonly tone: "warning" | "problem";
  readonly title: string;
  readonly notes: readonly Note[];
  /** Puts the cursor there. */
  readonly onGo: (offset: number) => void;
  readonly children: React.ReactNode;
};

/** What is said of places in the document, by line. */
export function DocumentNotes({ tone, title, notes, onGo, children }: Props) {
  return (
    <Notice tone={tone} live title={title}>
      <ul className="flex flex-col">
        {notes.map(({ line, column, offset, message }) => (
          <li key={`${offset} ${message}`} className="flex items-baseline gap-2">
            <button
              type="button"
              onClick={() => onGo(offset)}
              aria-label={`Go to line ${line}, column ${column}`}
              className="min-h-6 shrink-0 rounded-sm font-mono text-sm text-accent underline underline-offset-2"
            >
              Line {line}
            </button>
            <span className="text-text [overflow-wrap:anywhere]">{message}</span>
          </li>
        ))}
      </ul>
      <p className="mt-1">{children}</p>
    </Notice>
  );
}
