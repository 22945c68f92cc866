/** WireGuard's own messages at an agent's socket, from whoever has not proven to be a peer. */
import { SeededRandom } from "@pinhole/natsim";
import { generateKeyPair, WireGuardDevice } from "@pinhole/wireguard";
import { Meter, mutationsOf, type Traffic } from "./traffic.ts";

const REPEATS = 50;

export function wireguardInputs(): Traffic[] {
  const random = new SeededRandom(12);
  const bytes = (length: number) => random.bytes(length);
  const [keysA, keysB, keysC] = [generateKeyPair(bytes), generateKeyPair(bytes), generateKeyPair(bytes)];
  const initiationBy = (keys: typeof keysA): Uint8Array => {
    const sent: Uint8Array[] = [];
    const device = newDevice(keys.privateKey, bytes, (datagram) => void sent.push(datagram));
    const peer = device.addPeer({ publicKey: keysB.publicKey });
    if (!peer.ok) throw new Error(peer.error);
    device.initiate(peer.value);
    const [initiation] = sent;
    if (initiation === undefined) throw new Error("no initiation");
    return initiation;
  };
  const genuine = initiationBy(keysA);
  const stranger = initiationBy(keysC);

  const offer = (
    name: string,
    datagrams: Iterable<Uint8Array>,
    { isLoaded = false, isHeard = false } = {},
  ): Traffic => {
    const meter = new Meter();
    const device = newDevice(keysB.privateKey, bytes, (datagram) => meter.send(datagram), isLoaded);
    device.addPeer({ publicKey: keysA.publicKey });
    if (isHeard) device.input(genuine, "home");
    const before = meter.sentBytes;
    for (const datagram of datagrams) {
      meter.receive(datagram);
      device.input(datagram, "victim");
    }
    const traffic = meter.traffic(name);
    return { ...traffic, sent: traffic.sent - before };
  };
  const again = (datagram: Uint8Array): Uint8Array[] => Array.from({ length: REPEATS }, () => datagram);
  return [
    offer("WireGuard: a peer's initiation, from elsewhere", [genuine]),
    offer("WireGuard: that initiation, again", again(genuine), { isHeard: true }),
    offer("WireGuard: bent initiations", mutationsOf(genuine), { isHeard: true }),
    offer("WireGuard: a stranger's initiations", again(stranger)),
    offer("WireGuard under load: a stranger's initiations", again(stranger), { isLoaded: true }),
    offer("WireGuard under load: a peer's initiations", again(genuine), { isLoaded: true }),
  ];
}

function newDevice(
  privateKey: Uint8Array,
  randomBytes: (length: number) => Uint8Array,
  out: (datagram: Uint8Array) => void,
  isLoaded = false,
): WireGuardDevice<string> {
  return new WireGuardDevice<string>({
    privateKey,
    now: () => 1_000,
    wallClock: () => 1_700_000_000_000,
    randomBytes,
    addressOf: (host) => ({ host, port: 51_820 }),
    isUnderLoad: () => isLoaded,
    events: { send: (_, datagram) => out(datagram), reply: (_, datagram) => out(datagram), receive: () => undefined },
  });
}
