import { Button } from "@/components/button.tsx";
import { Body, Cell, ColumnHead, DataTable, HeadRow, Row, RowTitle } from "@/components/data-table.tsx";
import { TimeAgo } from "@/components/time.tsx";
import type { PasskeySummary } from "@/trpc/outputs.ts";

type Props = {
  readonly passkeys: readonly PasskeySummary[];
  readonly onRename: (passkey: PasskeySummary) => void;
  readonly onRemove: (passkey: PasskeySummary) => void;
};

export function PasskeyTable({ passkeys, onRename, onRemove }: Props) {
  return (
    <DataTable caption="Passkeys" inCard>
      <HeadRow>
        <ColumnHead>Name</ColumnHead>
        <ColumnHead>Last used</ColumnHead>
        <ColumnHead>Added</ColumnHead>
        <ColumnHead>
          <span className="sr-only">Actions</span>
        </ColumnHead>
      </HeadRow>
      <Body>
        {passkeys.map((passkey) => (
          <Row key={passkey.id}>
            <RowTitle>
              <bdi className="[overflow-wrap:anywhere]">{passkey.name}</bdi>
            </RowTitle>
            <Cell label="Last used">{passkey.lastUsedAt === null ? "Never" : <TimeAgo at={passkey.lastUsedAt} />}</Cell>
            <Cell label="Added">
              <TimeAgo at={passkey.createdAt} />
            </Cell>
            <Cell className="card-actions card-foot text-end">
              <Button look="quiet" aria-label={`Rename ${passkey.name}`} onClick={() => onRename(passkey)}>
                Rename
              </Button>
              <Button
                look="quiet"
                className="text-danger!"
                aria-label={`Remove ${passkey.name}`}
                onClick={() => onRemove(passkey)}
              >
                Remove
              </Button>
            </Cell>
          </Row>
        ))}
      </Body>
    </DataTable>
  );
}
