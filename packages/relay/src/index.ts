export { ByteBucket } from "./byte-bucket.ts";
export { importIdentityKey } from "./identity-key.ts";
export { issueTicket, TICKET_LIFETIME_MS, TICKET_RENEWAL_MS } from "./issue-ticket.ts";
export { Relay, type RelayOptions } from "./relay.ts";
export type { RelayCounters } from "./relay-counters.ts";
export { StrangerSlots } from "./stranger-slots.ts";
