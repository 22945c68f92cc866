import clsx from "clsx";

export function Tag({ children, mono = false }: { readonly children: React.ReactNode; readonly mono?: boolean }) {
  return (
    <span
      className={clsx(
        "inline-flex items-center rounded-sm border border-hairline bg-canvas px-1.5 text-xs leading-5 whitespace-nowrap text-muted",
        mono && "font-mono",
      )}
    >
      {children}
    </span>
  );
}

export function TagList({ tags }: { readonly tags: readonly string[] }) {
  if (tags.length === 0) return null;
  return (
    <span className="inline-flex flex-wrap gap-1">
      {tags.map((tag) => (
        <Tag key={tag}>{tag}</Tag>
      ))}
    </span>
  );
}
