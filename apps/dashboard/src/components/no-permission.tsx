import type { Capability } from "@pinhole/protocol/team";
import { EmptyState } from "./empty-state.tsx";
import { PageHeader } from "./page-header.tsx";
import { holdersOf } from "./words/role-words.ts";

type Props = { readonly title: string; readonly capability: Capability; readonly children: string };

/** In place of a page that the role does not include. `children` is what the page would be for. */
export function NoPermission({ title, capability, children }: Props) {
  return (
    <>
      <PageHeader title={title} />
      <EmptyState title="Your role does not include this">
        {children} is for {holdersOf(capability)} of the team. Ask one of them.
      </EmptyState>
    </>
  );
}
