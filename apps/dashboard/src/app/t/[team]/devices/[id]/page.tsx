import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { Hydrate, load, trpc } from "@/trpc/server.tsx";
import { DeviceView } from "./device-view.tsx";

export const metadata: Metadata = { title: "Device" };

export default async function DevicePage({ params }: { readonly params: Promise<{ team: string; id: string }> }) {
  const { team, id } = await params;
  if (!isDeviceId(id)) notFound();
  await load(trpc.device.get.queryOptions({ team, deviceId: id }));
  return (
    <Hydrate>
      <DeviceView deviceId={id} />
    </Hydrate>
  );
}

function isDeviceId(text: string): text is `dev_${string}` {
  return /^dev_[0-9a-f]{32}$/.test(text);
}
