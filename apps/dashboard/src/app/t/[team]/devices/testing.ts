import type { DeviceSummary } from "@/trpc/outputs.ts";

/** A device of which a test states only what it is about. */
export function newDevice(name: string, fields: Partial<DeviceSummary> = {}): DeviceSummary {
  return {
    id: `dev_${name}`,
    name,
    status: "online",
    ipv4: "100.64.0.1",
    ipv6: "fd00::1",
    tags: [],
    owner: null,
    isOwn: false,
    ephemeral: false,
    standing: "admitted",
    keyExpiresAt: null,
    paths: { direct: 0, relay: 0, none: 0 },
    natProfile: null,
    os: "linux",
    arch: "x64",
    hostname: name,
    agentVersion: "0.1.0",
    lastSeenAt: null,
    connectedSince: null,
    enrolledAt: new Date(0),
    revokedAt: null,
    restorableUntil: null,
    ...fields,
  };
}
