/**
 * What an agent hears through the one subscription of its session, in order and without gaps: the netmap or what changed
 * in it since the revision that the agent holds, then who is online, then a relay ticket; after that each thing as it happens.
 *
 * Changes are read from the team's log; the bus only says that there is something to read. The session listens before it
 * reads, so nothing falls between. When a read fails, nothing is sent and it is tried again: an agent that hears nothing
 * keeps its peers, one that hears a wrong map would drop them.
 */
import type { DeviceId } from "@pinhole/protocol";
import type { SessionEvent } from "@pinhole/protocol/control";
import type { AgentHub } from "./agent-hub.ts";
import type { AgentSession } from "./agent-session.ts";
import { NetmapCursor } from "./netmap-cursor.ts";

export type FollowInput = {
  readonly revision: number | null;
  readonly agentVersion: string;
  readonly understands?: readonly string[] | undefined;
};

/** Safety net: the log is looked at even when no hint came. */
const RECHECK_MS = 30_000;
const RETRY_READ_MS = 1_000;

/** More than this on its way to the agent, and nothing is added. */
const MAX_UNSENT_BYTES = 1_048_576;
/** An agent that takes nothing for so long is gone, or means harm. */
const MAX_CONGESTED_MS = 30_000;
const CONGESTION_POLL_MS = 200;

export async function* followSession(
  hub: AgentHub,
  session: AgentSession,
  input: FollowInput,
  signal: AbortSignal | undefined,
): AsyncGenerator<SessionEvent, void> {
  const mailbox = hub.subscribe(session, input.agentVersion);
  const cursor = new NetmapCursor(hub, session, input);
  let readAt = 0;
  let renewTicketAt = 0;
  let congestedAt: number | undefined;
  let isRevoked = false;
  try {
    while (signal?.aborted !== true && session.isCurrent && session.mailbox === mailbox) {
      // What is merged in the mailbox needs no room; what is in the socket's buffer does.
      if (session.unsentBytes() > MAX_UNSENT_BYTES) {
        // Nothing more can be told, also not this.
        if (hub.isRevoked(session)) {
          hub.close(session, "revoked");
          return;
        }
        congestedAt ??= performance.now();
        if (performance.now() - congestedAt > MAX_CONGESTED_MS) {
          hub.close(session, "slow-reader");
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, CONGESTION_POLL_MS));
        continue;
      }
      congestedAt = undefined;

      const mail = mailbox.take();
      if (mail.isStale) readAt = 0;

      let peersChanged = false;
      let saysPresence = false;
      if (hub.now().getTime() >= readAt) {
        const step = cursor.read();
        isRevoked = step.kind === "revoked";
        if (step.kind === "map") yield step.event;
        peersChanged = step.kind === "map" && step.peersChanged;
        saysPresence = step.kind === "map" && step.saysPresence === true;
        readAt = hub.now().getTime() + (step.kind === "unreadable" ? RETRY_READ_MS : RECHECK_MS);
      }
      // A hint alone cuts nobody off.
      if (mail.isRevoked) isRevoked ||= hub.isRevoked(session);
      if (isRevoked) break;

      if (cursor.hasBegun) {
        const isAllNew = peersChanged && !saysPresence;
        const presence = isAllNew ? allPresence(hub, cursor) : somePresence(mail.presence, cursor);
        if (presence !== undefined) yield presence;

        // A new policy goes to every session of a team before any of them is made a ticket.
        if (peersChanged && saysPresence) hub.tickets.add(mailbox);
        else if (peersChanged || mail.isTicketDue || hub.now().getTime() >= renewTicketAt) {
          const { ticket, expiresAt, renewAt } = hub.issueTicket(session, cursor.relayPeers());
          renewTicketAt = renewAt;
          yield { kind: "relay-ticket", ticket, expiresAt };
        }
        for (const plan of mail.plans) yield { kind: "punch", plan };
        for (const note of mail.notes) yield { kind: "punch-note", ...note };
        for (const probe of mail.reachProbes) yield { kind: "reach-probe", ...probe };
        if (mail.lanes.length > 0) yield { kind: "relay-lanes", lanes: [...mail.lanes] };
      }
      const dueAt = cursor.hasBegun ? Math.min(readAt, renewTicketAt) : readAt;
      await mailbox.wait(dueAt - hub.now().getTime(), signal);
    }
    if (isRevoked) {
      yield { kind: "revoked" };
      hub.close(session, "revoked");
    }
  } finally {
    hub.unsubscribe(session, mailbox);
  }
}

function allPresence(hub: AgentHub, cursor: NetmapCursor): SessionEvent {
  return { kind: "presence", all: true, online: cursor.peers().filter((id) => hub.isOnline(id)), offline: [] };
}

function somePresence(changed: ReadonlyMap<DeviceId, boolean>, cursor: NetmapCursor): SessionEvent | undefined {
  const relevant = [...changed].filter(([id]) => cursor.isPeer(id));
  if (relevant.length === 0) return undefined;
  return {
    kind: "presence",
    all: false,
    online: relevant.filter(([, online]) => online).map(([id]) => id),
    offline: relevant.filter(([, online]) => !online).map(([id]) => id),
  };
}
