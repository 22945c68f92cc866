import { CAPABILITIES, hasCapability, ROLES } from "@pinhole/protocol/team";
import { Body, Cell, ColumnHead, DataTable, HeadRow, Row, RowTitle } from "@/components/data-table.tsx";
import { StateLabel } from "@/components/state-sign.tsx";
import { CAPABILITY_WORDS, ROLE_HINTS, ROLE_WORDS } from "@/components/words/role-words.ts";

/** What each role may do: the very table that the server asks. */
export function CapabilityTable() {
  return (
    <>
      <dl className="mb-4 grid gap-x-4 gap-y-1 sm:grid-cols-[max-content_1fr]">
        {ROLES.map((role) => (
          <div key={role} className="contents">
            <dt className="font-medium">{ROLE_WORDS[role]}</dt>
            <dd className="text-muted">{ROLE_HINTS[role]}</dd>
          </div>
        ))}
      </dl>
      <DataTable caption="What each role may do">
        <HeadRow>
          <ColumnHead>Capability</ColumnHead>
          {ROLES.map((role) => (
            <ColumnHead key={role}>{ROLE_WORDS[role]}</ColumnHead>
          ))}
        </HeadRow>
        <Body>
          {CAPABILITIES.map((capability) => (
            <Row key={capability}>
              <RowTitle>{CAPABILITY_WORDS[capability]}</RowTitle>
              {ROLES.map((role) => (
                <Cell key={role} label={ROLE_WORDS[role]}>
                  {hasCapability(role, capability) ? (
                    <StateLabel state="direct">Yes</StateLabel>
                  ) : (
                    <StateLabel state="offline">No</StateLabel>
                  )}
                </Cell>
              ))}
            </Row>
          ))}
        </Body>
      </DataTable>
    </>
  );
}
