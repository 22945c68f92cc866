import { Button } from "@/components/button.tsx";
import { Tag } from "@/components/tag.tsx";
import { TimeAgo } from "@/components/time.tsx";
import type { Identity } from "@/trpc/outputs.ts";

type Props = {
  readonly identities: readonly Identity[];
  readonly busyId: string | undefined;
  readonly onDisconnect: (identityId: string) => void;
};

/** Sign-ins at a provider that are connected to the account. */
export function IdentityList({ identities, busyId, onDisconnect }: Props) {
  return (
    <ul aria-label="Connected sign-ins" className="flex flex-col divide-y divide-hairline border-y border-hairline">
      {identities.map(({ id, issuer, email, lastUsedAt, createdAt, isUsable }) => (
        <li key={id} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-2">
          <div className="min-w-0 [overflow-wrap:anywhere]">
            <p className="flex flex-wrap items-center gap-2 font-medium">
              {email ?? "Without an e-mail address"}
              {!isUsable && <Tag>Not in use</Tag>}
            </p>
            <p className="text-sm text-muted">
              {new URL(issuer).host}, {lastUsedAt === null ? "connected" : "last used"}{" "}
              <TimeAgo at={lastUsedAt ?? createdAt} />
            </p>
          </div>
          <Button
            look="quiet"
            busy={busyId === id}
            aria-label={`Disconnect ${email ?? new URL(issuer).host}`}
            onClick={() => onDisconnect(id)}
          >
            Disconnect
          </Button>
        </li>
      ))}
    </ul>
  );
}
