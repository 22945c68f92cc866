/** Keeps a list's place while its first rows load; it says so to screen readers, once. */
export function SkeletonRows({ rows = 6, label }: { readonly rows?: number; readonly label: string }) {
  return (
    <output aria-label={label} className="block rounded-lg border border-hairline bg-surface">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="flex h-10 items-center gap-4 border-b border-hairline px-3 last:border-b-0">
          <span className="h-2.5 w-16 rounded-sm bg-sunken" />
          <span className="h-2.5 w-40 max-w-1/3 rounded-sm bg-sunken" />
          <span className="h-2.5 flex-1 rounded-sm bg-sunken" />
        </div>
      ))}
    </output>
  );
}
