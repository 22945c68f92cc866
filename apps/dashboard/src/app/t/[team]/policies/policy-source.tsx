import { tokenizeJsonc } from "./tokenize-jsonc.ts";

const LOOK = { comment: "text-muted italic", string: "text-accent", other: "" } as const;

/** The document as it was written, with its comments set apart. */
export function PolicySource({ document }: { readonly document: string }) {
  return (
    <section
      className="overflow-x-auto p-4 font-mono text-sm"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by keyboard
      tabIndex={0}
      aria-label="Policy document"
    >
      <pre>
        <code>
          {tokenizeJsonc(document).map(({ kind, text, at }) => (
            <span key={at} className={LOOK[kind]}>
              {text}
            </span>
          ))}
        </code>
      </pre>
    </section>
  );
}
