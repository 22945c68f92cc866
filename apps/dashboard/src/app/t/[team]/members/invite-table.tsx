import { mayAssign, type Role } from "@pinhole/protocol/team";
import { Button } from "@/components/button.tsx";
import { Body, Cell, ColumnHead, DataTable, HeadRow, Row, RowTitle } from "@/components/data-table.tsx";
import { EmptyState } from "@/components/empty-state.tsx";
import { type State, StateLabel } from "@/components/state-sign.tsx";
import { TimeAgo } from "@/components/time.tsx";
import { mailProblemWords } from "@/components/words/mail-words.ts";
import { ROLE_WORDS } from "@/components/words/role-words.ts";
import type { InviteSummary } from "@/trpc/outputs.ts";

type Props = {
  readonly invites: readonly InviteSummary[];
  readonly ownRole: Role;
  readonly onRenew: (invite: InviteSummary) => void;
  readonly onRevoke: (invite: InviteSummary) => void;
};

const STATUS = {
  pending: { state: "trying", word: "Pending" },
  accepted: { state: "direct", word: "Accepted" },
  expired: { state: "offline", word: "Expired" },
  revoked: { state: "failed", word: "Revoked" },
} as const satisfies Record<InviteSummary["status"], { state: State; word: string }>;

export const inviteeWords = ({ email }: Pick<InviteSummary, "email">) => email ?? "Anyone with the link";

export function InviteTable({ invites, ...rest }: Props) {
  if (invites.length === 0)
    return <EmptyState title="No invites yet">Invite makes a link that lets one person join, once.</EmptyState>;
  return (
    <DataTable caption="Invites">
      <HeadRow>
        <ColumnHead>For</ColumnHead>
        <ColumnHead>Status</ColumnHead>
        <ColumnHead>Role</ColumnHead>
        <ColumnHead>Expires</ColumnHead>
        <ColumnHead>Created</ColumnHead>
        <ColumnHead>
          <span className="sr-only">Actions</span>
        </ColumnHead>
      </HeadRow>
      <Body>
        {invites.map((invite) => (
          <InviteRow key={invite.id} invite={invite} {...rest} />
        ))}
      </Body>
    </DataTable>
  );
}

function InviteRow({
  invite,
  ownRole,
  onRenew,
  onRevoke,
}: Omit<Props, "invites"> & { readonly invite: InviteSummary }) {
  const { status, role, expiresAt, createdAt, createdBy } = invite;
  const { state, word } = STATUS[status];
  const isOpen = status === "pending" || status === "expired";
  // Either makes another link in place of the old one.
  const renewWord = invite.mail === null ? "New link" : "Send again";
  const mayChange = isOpen && mayAssign(ownRole, role);
  return (
    <Row>
      <RowTitle>
        <span className="[overflow-wrap:anywhere]">{inviteeWords(invite)}</span>
        {isOpen && <MailNote mail={invite.mail} />}
      </RowTitle>
      <Cell label="Status">
        <StateLabel state={state}>{word}</StateLabel>
      </Cell>
      <Cell label="Role">{ROLE_WORDS[role]}</Cell>
      <Cell label="Expires">
        <TimeAgo at={expiresAt} />
      </Cell>
      <Cell label="Created" className="text-muted">
        <TimeAgo at={createdAt} />
        {createdBy !== null && (
          <>
            {" "}
            by <bdi>{createdBy}</bdi>
          </>
        )}
      </Cell>
      <Cell className={mayChange ? "card-actions card-foot text-end" : "card-hidden"}>
        {mayChange ? (
          <>
            <Button
              look="quiet"
              aria-label={`${renewWord} for ${inviteeWords(invite)}`}
              onClick={() => onRenew(invite)}
            >
              {renewWord}
            </Button>
            {status === "pending" && (
              <Button
                look="quiet"
                aria-label={`Revoke the invite for ${inviteeWords(invite)}`}
                onClick={() => onRevoke(invite)}
                className="text-danger!"
              >
                Revoke
              </Button>
            )}
          </>
        ) : (
          <span />
        )}
      </Cell>
    </Row>
  );
}

function MailNote({ mail }: Pick<InviteSummary, "mail">) {
  if (mail === null) return null;
  const problem = mailProblemWords(mail);
  if (problem === null)
    return (
      <span className="block text-sm font-normal text-muted">
        {mail === "sent" ? "Mail sent" : "Mail is being sent"}
      </span>
    );
  return <span className="block text-sm font-normal text-danger">Not sent: {problem}</span>;
}
