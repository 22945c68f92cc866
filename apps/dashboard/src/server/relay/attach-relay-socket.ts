import type { IncomingMessage } from "node:http";
import { Relay } from "@pinhole/relay";
import type { WebSocket } from "ws";
import type { Env } from "../../env.ts";
import type { AgentHub } from "../coordination/agent-hub.ts";
import { clientAddress } from "../http/client-address.ts";
import type { ServerKeys } from "../keys.ts";

/** The part of the process that the relay needs. */
export type RelayProcess = {
  readonly keys: Pick<ServerKeys, "relay">;
  readonly now: () => Date;
  readonly env: Pick<Env, "proxies">;
  readonly hub: Pick<AgentHub, "bus" | "isRevoked">;
};

const relays = new WeakMap<RelayProcess, Relay>();

/**
 * Takes over a WebSocket that was upgraded at RELAY_PATH. Its server should have `perMessageDeflate: false` and
 * `maxPayload: MAX_RELAY_FRAME`.
 */
export function attachRelaySocket(ws: WebSocket, request: IncomingMessage, process: RelayProcess): void {
  relayOf(process).accept(ws, clientAddress(request, process.env.proxies));
}

/** The process's one relay. */
export function relayOf(process: RelayProcess): Relay {
  const known = relays.get(process);
  if (known !== undefined) return known;
  const { hub, keys } = process;
  const relay = new Relay({
    publicKey: keys.relay.publicKey,
    now: () => process.now().getTime(),
    isRevoked: (device) => hub.isRevoked(device),
  });
  hub.bus.subscribe((event) => {
    if (event.kind === "device") relay.recheck(event.deviceId);
  });
  relays.set(process, relay);
  return relay;
}
