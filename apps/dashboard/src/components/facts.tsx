/** Name and value, one under the other: what a page says about one thing. */
export function Facts({ children }: { readonly children: React.ReactNode }) {
  return <dl className="grid grid-cols-1 gap-x-6 gap-y-2 sm:grid-cols-[9rem_minmax(0,1fr)]">{children}</dl>;
}

export function Fact({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <>
      <dt className="text-sm text-muted max-sm:mt-1 max-sm:first:mt-0">{name}</dt>
      <dd className="min-w-0 max-sm:-mt-2 [overflow-wrap:anywhere]">{children}</dd>
    </>
  );
}
