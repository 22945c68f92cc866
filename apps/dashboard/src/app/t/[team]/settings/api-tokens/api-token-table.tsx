import { Button } from "@/components/button.tsx";
import { Body, Cell, ColumnHead, DataTable, HeadRow, Row, RowTitle } from "@/components/data-table.tsx";
import { type State, StateLabel } from "@/components/state-sign.tsx";
import { TimeAgo } from "@/components/time.tsx";
import { CAPABILITY_WORDS } from "@/components/words/role-words.ts";
import type { ApiTokenSummary } from "@/trpc/outputs.ts";

type Props = {
  readonly tokens: readonly ApiTokenSummary[];
  /** Undefined: who looks may not. */
  readonly onRevoke: ((token: ApiTokenSummary) => void) | undefined;
};

const STATUS = {
  usable: { state: "direct", word: "Usable" },
  expired: { state: "offline", word: "Expired" },
  revoked: { state: "failed", word: "Revoked" },
} as const satisfies Record<ApiTokenSummary["status"], { state: State; word: string }>;

export function ApiTokenTable({ tokens, onRevoke }: Props) {
  return (
    <DataTable caption="API tokens">
      <HeadRow>
        <ColumnHead>Status</ColumnHead>
        <ColumnHead>Name</ColumnHead>
        <ColumnHead>Token</ColumnHead>
        <ColumnHead>Scopes</ColumnHead>
        <ColumnHead>Last used</ColumnHead>
        <ColumnHead>Expires</ColumnHead>
        <ColumnHead>Created</ColumnHead>
        <ColumnHead>
          <span className="sr-only">Actions</span>
        </ColumnHead>
      </HeadRow>
      <Body>
        {tokens.map((token) => (
          <TokenRow key={token.id} token={token} onRevoke={onRevoke} />
        ))}
      </Body>
    </DataTable>
  );
}

function TokenRow({ token, onRevoke }: { readonly token: ApiTokenSummary } & Pick<Props, "onRevoke">) {
  const { name, visiblePrefix, scopes, idleScopes, lastUsedAt, lastUsedFrom, expiresAt, createdAt, createdBy } = token;
  const { state, word } = STATUS[token.status];
  const mayRevoke = token.status === "usable" && onRevoke !== undefined;
  return (
    <Row>
      <Cell label="Status">
        <StateLabel state={state}>{word}</StateLabel>
      </Cell>
      <RowTitle>
        <span className="font-medium [overflow-wrap:anywhere]">{name}</span>
      </RowTitle>
      <Cell label="Token" className="font-mono text-sm">
        {visiblePrefix}…
      </Cell>
      <Cell label="Scopes">
        <ul>
          {scopes.map((scope) => (
            <li key={scope} className={idleScopes.includes(scope) ? "text-muted" : undefined}>
              {CAPABILITY_WORDS[scope]}
              {idleScopes.includes(scope) && ": its maker may not any more"}
            </li>
          ))}
        </ul>
      </Cell>
      <Cell label="Last used">
        {lastUsedAt === null ? (
          "Never"
        ) : (
          <>
            <TimeAgo at={lastUsedAt} /> <span className="font-mono text-sm text-muted">{lastUsedFrom}</span>
          </>
        )}
      </Cell>
      <Cell label="Expires">
        <TimeAgo at={expiresAt} />
      </Cell>
      <Cell label="Created" className="text-muted [overflow-wrap:anywhere]">
        <TimeAgo at={createdAt} /> by <bdi>{createdBy}</bdi>
      </Cell>
      <Cell className={mayRevoke ? "card-actions card-foot text-end" : "card-hidden"}>
        {mayRevoke ? (
          <Button look="quiet" className="text-danger!" aria-label={`Revoke ${name}`} onClick={() => onRevoke(token)}>
            Revoke
          </Button>
        ) : (
          <span />
        )}
      </Cell>
    </Row>
  );
}
