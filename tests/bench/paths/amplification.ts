/**
 * What a stranger gets back for each byte that it sends, for every input of agent and server that takes packets before it
 * knows whose they are. A source can be forged, so whatever comes back is sent at somebody else.
 *
 * Bytes are those on the wire: with the headers of IP and UDP, or of IP, TCP and its handshake. The bound is 1.0, and
 * STUN has one of its own: a bare request gets an answer that is larger by the address in it, or no other STUN client
 * could use the server.
 */
import { probeInputs } from "./amplification/probe-inputs.ts";
import { relayInputs } from "./amplification/relay-inputs.ts";
import { stunInputs } from "./amplification/stun-inputs.ts";
import type { Traffic } from "./amplification/traffic.ts";
import { wireguardInputs } from "./amplification/wireguard-inputs.ts";

export type Amplification = {
  /** Of everything but foreign STUN clients' requests. */
  readonly worst: number;
  /** Of a STUN request as small as the protocol lets one be. */
  readonly bareStun: number;
  readonly inputs: readonly (Traffic & { readonly ratio: number })[];
};

export function measureAmplification(): Amplification {
  const inputs = [...probeInputs(), ...wireguardInputs(), ...relayInputs(), ...stunInputs()].map((traffic) => ({
    ...traffic,
    ratio: traffic.sent / traffic.received,
  }));
  const ratiosOf = (isBareStun: boolean) =>
    inputs.filter((input) => (input.isBareStun ?? false) === isBareStun).map(({ ratio }) => ratio);
  return { worst: Math.max(...ratiosOf(false)), bareStun: Math.max(...ratiosOf(true)), inputs };
}
