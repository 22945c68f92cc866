import type { Role } from "@pinhole/drizzle/schema";
import type { TeamId } from "@pinhole/protocol";
import type { Capability } from "@pinhole/protocol/team";

/** Who is named in the activity log. */
export type Author = {
  readonly kind: "user" | "device" | "command-line" | "server";
  readonly id: string | null;
  readonly name: string;
  /** Where the request came from, if it came over the network. */
  readonly address: string | null;
};

/**
 * Who is asking, and for which team: all that a use case may know of the session. The team is one that the session's
 * user is a member of; it never comes from the input alone.
 */
export type Actor = Author & {
  readonly teamId: TeamId;
  readonly role: Role;
  /** What the role may; asked through an API token, what of that the token's scopes leave. */
  readonly capabilities: readonly Capability[];
  /** Whether they have proven within the last minutes who they are: what cannot be undone asks for it. */
  readonly isSteppedUp: boolean;
};
