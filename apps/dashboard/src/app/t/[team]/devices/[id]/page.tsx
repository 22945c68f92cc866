import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { Hydrate, load, trpc } from "@/trpc/server.tsx";
import { DeviceView } from "./device-view.tsx";

type Props = { readonly params: Promise<{ team: string; id: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: (await loadDevice(await params)).name };
}

export default async function DevicePage({ params }: Props) {
  const { id } = await loadDevice(await params);
  return (
    <Hydrate>
      <DeviceView deviceId={id} />
    </Hydrate>
  );
}

/** Asked for twice in a request and fetched once. */
function loadDevice({ team, id }: { readonly team: string; readonly id: string }) {
  if (!isDeviceId(id)) notFound();
  return load(trpc.device.get.queryOptions({ team, deviceId: id }));
}

function isDeviceId(text: string): text is `dev_${string}` {
  return /^dev_[0-9a-f]{32}$/.test(text);
}
