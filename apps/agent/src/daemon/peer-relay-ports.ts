/** What peers as relays need of the daemon's other parts. */
import type { DeviceId } from "@pinhole/protocol";
import type { SessionCalls } from "../control/session-calls.ts";
import type { Datapath } from "../datapath/contract.ts";
import type { PeerRelayPorts } from "../peer-relay/peer-relay.ts";
import type { EngineDriver } from "./engine-driver.ts";

type Parts = {
  readonly selfId: DeviceId;
  readonly engine: EngineDriver;
  readonly datapath: Pick<Datapath, "sendDatagram">;
  readonly calls: Pick<SessionCalls, "requestRelayLanes">;
  readonly now: () => number;
};

export function peerRelayPorts({ selfId, engine, datapath, calls, now }: Parts): PeerRelayPorts {
  return {
    selfId,
    now,
    distanceTo: (peerId) => engine.ask((paths) => paths.distanceTo(peerId)),
    isAddressOf: (peerId, address) => engine.ask((paths) => paths.isAddressOf(peerId, address)),
    isDoubtful: (peerId) => engine.ask((paths) => paths.isDoubtful(peerId)),
    onTraffic: (peerId) => engine.tell((paths) => paths.onTraffic(peerId)),
    sendDatagram: (socket, to, bytes) => datapath.sendDatagram(socket, to, bytes),
    requestLanes: (request) => void calls.requestRelayLanes(request),
  };
}
