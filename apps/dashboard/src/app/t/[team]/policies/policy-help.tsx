import { Notice } from "@/components/notice.tsx";

const RELAYS_EXAMPLE = '{ "devices": ["tag:relay"], "for": ["*"] }';

export function PolicyHelp() {
  return (
    <Notice title="What this document does">
      A device is told only of peers that the document lets it talk to, and drops every packet that the document does
      not allow. What no rule allows is denied. A grant with <code>"transport": "relay-only"</code> hides the addresses
      of its devices from each other and keeps their packets on a relay; with <code>"direct-only"</code> their packets
      take no relay, and without a direct path nothing passes. Where grants differ on a pair, the strictest holds:
      relay-only, then direct-only. <code>"expires"</code> ends a grant at a moment. What the document lists under{" "}
      <code>"tests"</code> it must keep, or it is not saved. Under <code>"relays"</code>, an entry such as{" "}
      <code>{RELAYS_EXAMPLE}</code> lets the one kind of device pass on sealed packets for pairs of the other that
      cannot be direct; it cannot open them.
    </Notice>
  );
}
