import { EmptyState } from "./empty-state.tsx";
import { PageHeader } from "./page-header.tsx";

/** For pages of owners and admins. `children` is what the page would be for. */
export function NoPermission({ title, children }: { readonly title: string; readonly children: string }) {
  return (
    <>
      <PageHeader title={title} />
      <EmptyState title="Your role does not include this">
        {children} is for owners and admins of the team. Ask one of them.
      </EmptyState>
    </>
  );
}
