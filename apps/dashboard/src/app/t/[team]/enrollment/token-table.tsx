import clsx from "clsx";
import Link from "next/link";
import { Button } from "@/components/button.tsx";
import { Body, Cell, DataTable, ColumnHead, HeadRow, Row, RowTitle } from "@/components/data-table.tsx";
import { type State, StateLabel } from "@/components/state-sign.tsx";
import { Tag, TagList } from "@/components/tag.tsx";
import { TimeAgo } from "@/components/time.tsx";
import type { TokenSummary } from "@/trpc/outputs.ts";

type Props = {
  readonly tokens: readonly TokenSummary[];
  readonly deviceHrefOf: (deviceId: string) => string;
  /** Undefined: who looks may not. */
  readonly onRevoke: ((token: TokenSummary) => void) | undefined;
};

const STATUS = {
  usable: { state: "direct", word: "Usable" },
  "used-up": { state: "offline", word: "Used up" },
  expired: { state: "offline", word: "Expired" },
  revoked: { state: "failed", word: "Revoked" },
} as const satisfies Record<TokenSummary["status"], { state: State; word: string }>;

export function TokenTable({ tokens, deviceHrefOf, onRevoke }: Props) {
  return (
    <DataTable caption="Enrollment tokens">
      <HeadRow>
        <ColumnHead>Status</ColumnHead>
        <ColumnHead>Name</ColumnHead>
        <ColumnHead>Token</ColumnHead>
        <ColumnHead className="num">Uses</ColumnHead>
        <ColumnHead>Expires</ColumnHead>
        <ColumnHead>Devices</ColumnHead>
        <ColumnHead>Created</ColumnHead>
        <ColumnHead>
          <span className="sr-only">Actions</span>
        </ColumnHead>
      </HeadRow>
      <Body>
        {tokens.map((token) => (
          <TokenRow key={token.id} token={token} deviceHrefOf={deviceHrefOf} onRevoke={onRevoke} />
        ))}
      </Body>
    </DataTable>
  );
}

function TokenRow({ token, deviceHrefOf, onRevoke }: { readonly token: TokenSummary } & Omit<Props, "tokens">) {
  const { state, word } = STATUS[token.status];
  const isUsable = token.status === "usable";
  const mayRevoke = isUsable && onRevoke !== undefined;
  return (
    <Row>
      <Cell label="Status">
        <StateLabel state={state}>{word}</StateLabel>
      </Cell>
      <RowTitle>
        <span className="inline-flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className={clsx("[overflow-wrap:anywhere]", isUsable && "font-medium")}>{token.name}</span>
          <TagList tags={token.tags} />
          {token.ephemeral && <Tag>Ephemeral</Tag>}
        </span>
      </RowTitle>
      <Cell label="Token" className="font-mono text-sm">
        {token.visiblePrefix}…
      </Cell>
      <Cell label="Uses" className="num">
        {token.uses} of {token.maxUses}
      </Cell>
      <Cell label="Expires" className={clsx(!isUsable && "text-muted")}>
        <TimeAgo at={token.expiresAt} />
      </Cell>
      <Cell label="Devices">
        {token.devices.length === 0 ? undefined : (
          <span className="inline-flex flex-wrap gap-x-2">
            {token.devices.map(({ id, name }) => (
              <Link
                key={id}
                href={deviceHrefOf(id)}
                className="link inline-flex min-h-6 items-center [overflow-wrap:anywhere]"
              >
                {name}
              </Link>
            ))}
          </span>
        )}
      </Cell>
      <Cell label="Created" className="text-muted">
        <TimeAgo at={token.createdAt} />
        {token.createdBy !== null && (
          <>
            {" "}
            by <bdi>{token.createdBy}</bdi>
          </>
        )}
      </Cell>
      <Cell className={clsx(mayRevoke ? "card-actions card-foot text-end" : "card-hidden")}>
        {mayRevoke ? (
          <Button
            look="quiet"
            aria-label={`Revoke ${token.name}`}
            onClick={() => onRevoke(token)}
            className="text-danger!"
          >
            Revoke
          </Button>
        ) : (
          <span />
        )}
      </Cell>
    </Row>
  );
}
