import { CopyButton } from "./copy-button.tsx";

/** Lines for a terminal or a file, and the button that copies them. */
export function CommandBlock({ text, what }: { readonly text: string; readonly what: string }) {
  return (
    <div className="flex items-start gap-2 rounded-lg border border-hairline bg-sunken p-3">
      <pre className="min-w-0 flex-1 font-mono text-sm [overflow-wrap:anywhere] whitespace-pre-wrap">{text}</pre>
      <CopyButton text={text} what={what} />
    </div>
  );
}
