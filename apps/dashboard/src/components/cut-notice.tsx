import { Notice } from "./notice.tsx";

/** What is missing must not look like what is not there. */
export function CutNotice() {
  return (
    <Notice tone="problem" className="mb-3" title="The team's policy cannot be read.">
      What your devices may reach is not shown until it can be; they keep the connections that they have. Tell an owner
      of the team.
    </Notice>
  );
}
