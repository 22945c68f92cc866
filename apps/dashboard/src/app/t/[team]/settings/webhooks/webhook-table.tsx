import { Button } from "@/components/button.tsx";
import { Body, Cell, ColumnHead, DataTable, HeadRow, Row, RowTitle } from "@/components/data-table.tsx";
import { StateLabel } from "@/components/state-sign.tsx";
import { Tag } from "@/components/tag.tsx";
import { TimeAgo } from "@/components/time.tsx";
import type { WebhookSummary } from "@/trpc/outputs.ts";
import { deliveryState } from "./delivery-words.ts";

type Props = {
  readonly webhooks: readonly WebhookSummary[];
  readonly onShow: (webhook: WebhookSummary) => void;
  /** Undefined: who looks may not. */
  readonly onTest?: (webhook: WebhookSummary) => void;
  readonly onRemove?: (webhook: WebhookSummary) => void;
};

export function WebhookTable({ webhooks, ...rest }: Props) {
  return (
    <DataTable caption="Webhooks">
      <HeadRow>
        <ColumnHead>Name</ColumnHead>
        <ColumnHead>Address</ColumnHead>
        <ColumnHead>Told of</ColumnHead>
        <ColumnHead>Last delivery</ColumnHead>
        <ColumnHead>Created</ColumnHead>
        <ColumnHead>
          <span className="sr-only">Actions</span>
        </ColumnHead>
      </HeadRow>
      <Body>
        {webhooks.map((webhook) => (
          <WebhookTableRow key={webhook.id} webhook={webhook} {...rest} />
        ))}
      </Body>
    </DataTable>
  );
}

function WebhookTableRow({
  webhook,
  onShow,
  onTest,
  onRemove,
}: { readonly webhook: WebhookSummary } & Omit<Props, "webhooks">) {
  const { name, url, topics, mayReachPrivate, lastDelivery, createdAt, createdBy } = webhook;
  return (
    <Row>
      <RowTitle>
        <span className="inline-flex flex-wrap items-center gap-2">
          <span className="font-medium [overflow-wrap:anywhere]">{name}</span>
          {mayReachPrivate && <Tag>Private networks allowed</Tag>}
        </span>
      </RowTitle>
      <Cell label="Address" className="font-mono text-sm [overflow-wrap:anywhere]">
        {url}
      </Cell>
      <Cell label="Told of">{topics.join(", ")}</Cell>
      <Cell label="Last delivery">
        {lastDelivery === null ? (
          "None yet"
        ) : (
          <span className="inline-flex flex-wrap items-center gap-x-2">
            <StateLabel state={deliveryState(lastDelivery).state}>{deliveryState(lastDelivery).word}</StateLabel>
            <TimeAgo at={lastDelivery.createdAt} />
          </span>
        )}
      </Cell>
      <Cell label="Created" className="text-muted [overflow-wrap:anywhere]">
        <TimeAgo at={createdAt} />
        {createdBy !== null && ` by ${createdBy}`}
      </Cell>
      <Cell className="card-actions card-foot text-end">
        <span className="inline-flex flex-wrap justify-end">
          <Button look="quiet" aria-label={`Deliveries to ${name}`} onClick={() => onShow(webhook)}>
            Deliveries
          </Button>
          {onTest !== undefined && (
            <Button look="quiet" aria-label={`Test ${name}`} onClick={() => onTest(webhook)}>
              Test
            </Button>
          )}
          {onRemove !== undefined && (
            <Button
              look="quiet"
              className="text-danger!"
              aria-label={`Remove ${name}`}
              onClick={() => onRemove(webhook)}
            >
              Remove
            </Button>
          )}
        </span>
      </Cell>
    </Row>
  );
}
