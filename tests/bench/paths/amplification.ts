/**
 * What a stranger gets back for each byte that it sends, for every input of agent and server that takes packets before it
 * knows whose they are. A source can be forged, so whatever comes back is sent at somebody else.
 *
 * Bytes are those on the wire: with the headers of IP and UDP, or of IP, TCP and its handshake.
 */
import { probeInputs } from "./amplification/probe-inputs.ts";
import { relayInputs } from "./amplification/relay-inputs.ts";
import { stunInputs } from "./amplification/stun-inputs.ts";
import type { Traffic } from "./amplification/traffic.ts";
import { wireguardInputs } from "./amplification/wireguard-inputs.ts";

export type Amplification = {
  readonly worst: number;
  readonly inputs: readonly (Traffic & { readonly ratio: number })[];
};

export function measureAmplification(): Amplification {
  const inputs = [...probeInputs(), ...wireguardInputs(), ...relayInputs(), ...stunInputs()].map((traffic) => ({
    ...traffic,
    ratio: traffic.sent / traffic.received,
  }));
  return { worst: Math.max(...inputs.map(({ ratio }) => ratio)), inputs };
}
