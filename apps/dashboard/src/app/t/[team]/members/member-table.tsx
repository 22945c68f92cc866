import { hasCapability, mayAssign, type Role, ROLES } from "@pinhole/protocol/team";
import { Button } from "@/components/button.tsx";
import { Body, Cell, ColumnHead, DataTable, HeadRow, Row, RowTitle } from "@/components/data-table.tsx";
import { TimeAgo } from "@/components/time.tsx";
import { ROLE_WORDS } from "@/components/words/role-words.ts";
import type { MemberSummary } from "@/trpc/outputs.ts";

type Props = {
  readonly members: readonly MemberSummary[];
  readonly ownId: string | undefined;
  readonly ownRole: Role;
  readonly onChangeRole: (member: MemberSummary, role: Role) => void;
  /** For oneself: leaving. */
  readonly onRemove: (member: MemberSummary, isSelf: boolean) => void;
  /** Makes them owner in place of oneself. */
  readonly onTransfer: (member: MemberSummary) => void;
};

export function MemberTable({ members, ownId, ...rest }: Props) {
  return (
    <DataTable caption="Members">
      <HeadRow>
        <ColumnHead>Name</ColumnHead>
        <ColumnHead>E-mail</ColumnHead>
        <ColumnHead>Role</ColumnHead>
        <ColumnHead>Last seen</ColumnHead>
        <ColumnHead>Joined</ColumnHead>
        <ColumnHead>
          <span className="sr-only">Actions</span>
        </ColumnHead>
      </HeadRow>
      <Body>
        {members.map((member) => (
          <MemberRow key={member.userId} member={member} isSelf={member.userId === ownId} {...rest} />
        ))}
      </Body>
    </DataTable>
  );
}

type RowProps = Omit<Props, "members" | "ownId"> & { readonly member: MemberSummary; readonly isSelf: boolean };

function MemberRow({ member, isSelf, ownRole, onChangeRole, onRemove, onTransfer }: RowProps) {
  const { name, email, role, lastSeenAt, joinedAt } = member;
  const mayChange = mayAssign(ownRole, role);
  return (
    <Row>
      <RowTitle>
        <span className="font-medium [overflow-wrap:anywhere]">{name}</span>{" "}
        {isSelf && <span className="ms-1 text-sm text-muted">you</span>}
      </RowTitle>
      <Cell label="E-mail" className="[overflow-wrap:anywhere]">
        {email}
      </Cell>
      <Cell label="Role">
        {mayChange ? (
          <select
            aria-label={`Role of ${name}`}
            value={role}
            onChange={(event) => {
              const chosen = ROLES.find((each) => each === event.target.value);
              if (chosen !== undefined) onChangeRole(member, chosen);
            }}
            className="control w-auto!"
          >
            {ROLES.filter((each) => mayAssign(ownRole, each)).map((each) => (
              <option key={each} value={each}>
                {ROLE_WORDS[each]}
              </option>
            ))}
          </select>
        ) : (
          ROLE_WORDS[role]
        )}
      </Cell>
      <Cell label="Last seen">{lastSeenAt === null ? "Never" : <TimeAgo at={lastSeenAt} />}</Cell>
      <Cell label="Joined" className="text-muted">
        <TimeAgo at={joinedAt} />
      </Cell>
      <Cell className={isSelf || mayChange ? "card-actions text-end" : "card-hidden"}>
        {!isSelf && hasCapability(ownRole, "owners.manage") && (
          <Button look="quiet" aria-label={`Hand over the team to ${name}`} onClick={() => onTransfer(member)}>
            Hand over
          </Button>
        )}
        {isSelf || mayChange ? (
          <Button
            look="quiet"
            aria-label={isSelf ? "Leave the team" : `Remove ${name}`}
            onClick={() => onRemove(member, isSelf)}
            className="text-danger!"
          >
            {isSelf ? "Leave" : "Remove"}
          </Button>
        ) : (
          <span />
        )}
      </Cell>
    </Row>
  );
}
