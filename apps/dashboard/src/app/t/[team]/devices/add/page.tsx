import { hasCapability } from "@pinhole/protocol/team";
import type { Metadata } from "next";
import { NoPermission } from "@/components/no-permission.tsx";
import { loadRole } from "@/trpc/load-role.ts";
import { Hydrate, load, trpc } from "@/trpc/server.tsx";
import { AddDeviceView } from "./add-device-view.tsx";
import { parseTokenId } from "./token-id.ts";

export const metadata: Metadata = { title: "Add a device" };

type Props = {
  readonly params: Promise<{ team: string }>;
  readonly searchParams: Promise<{ readonly token?: string | string[] }>;
};

export default async function AddDevicePage({ params, searchParams }: Props) {
  const { team } = await params;
  const role = await loadRole(team);
  if (!hasCapability(role, "tokens.manage") && !hasCapability(role, "devices.own"))
    return (
      <NoPermission title="Add a device" capability="devices.own">
        Adding devices
      </NoPermission>
    );
  const tokenId = parseTokenId((await searchParams).token);
  if (tokenId !== undefined) await load(trpc.token.progress.queryOptions({ team, tokenId }));
  return (
    <Hydrate>
      <AddDeviceView />
    </Hydrate>
  );
}
