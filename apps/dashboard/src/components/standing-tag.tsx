import type { DeviceSummary } from "@/trpc/outputs.ts";
import { useClock } from "./clock.tsx";
import { StateSign } from "./state-sign.tsx";
import { standingTag } from "./words/standing-words.ts";

type Props = { readonly device: Pick<DeviceSummary, "standing" | "keyExpiresAt" | "status"> };

/** What keeps the device out of the network, or soon will; nothing for one that is in it. */
export function StandingTag({ device }: Props) {
  const words = useClock((now) => standingTag(device, now) ?? "");
  if (words === "") return null;
  return (
    <span className="inline-flex items-center gap-1 rounded-sm border border-relayed bg-relayed-wash px-1.5 text-xs leading-5 whitespace-nowrap">
      <StateSign state={device.standing === "key-expired" ? "failed" : "unknown"} className="size-2.5!" />
      {words}
    </span>
  );
}
