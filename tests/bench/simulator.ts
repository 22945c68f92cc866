/** What a run of the simulator costs: thousands of them are made in the tests. */
import { NAT_CLASSES, SimNetwork } from "@pinhole/natsim";
import type { Figure } from "./figure.ts";

/** A birthday attempt with everything it takes. */
const RUN_PACKETS = 3_000;
const LONG_RUN_PACKETS = 300_000;
const MAX_RUN_MS = 30;
const ROUNDS = 15;
const HARD_SOCKETS = 256;

/** Synchronous and without the lab: only this process is measured. */
export function measureSimulator(): Promise<readonly Figure[]> {
  return Promise.resolve([
    { name: `simulated birthday, ${RUN_PACKETS} packets`, bound: MAX_RUN_MS, unit: "ms", values: time(runBirthday) },
    { name: `simulated stream, ${LONG_RUN_PACKETS} packets`, unit: "ms", values: time(runStream) },
  ]);
}

/** One packet each from many sockets behind a random NAT, the rest to as many ports from behind a Linux one. */
function runBirthday(): void {
  const { network, hard, easy } = newWorld();
  const sockets = Array.from({ length: HARD_SOCKETS }, () => hard.openSocket());
  for (const socket of sockets) socket.send({ address: "203.0.113.2", port: 41_641 }, PROBE);
  const probing = easy.openSocket({ port: 41_641 });
  for (let n = 0; n < RUN_PACKETS - HARD_SOCKETS; n++) {
    network.time.at(n, () => probing.send({ address: "203.0.113.1", port: network.random.int(1_024, 65_535) }, PROBE));
  }
  network.time.run(60_000);
}

/** Both ways over one pair of sessions. */
function runStream(): void {
  const { network, hard, easy } = newWorld();
  let left = LONG_RUN_PACKETS;
  const target = easy.openSocket({ port: 41_641 });
  const source = hard.openSocket();
  const { port } = network.observe(hard, source, { address: "203.0.113.2", port: 41_641 }) ?? { port: 0 };
  target.send({ address: "203.0.113.1", port }, PROBE);
  target.onDatagram = (from, bytes) => void target.send(from, bytes);
  source.onDatagram = (from, bytes) => {
    left -= 2;
    if (left > 0) source.send(from, bytes);
  };
  for (let n = 0; n < 100; n++) source.send({ address: "203.0.113.2", port: 41_641 }, PROBE);
  network.time.run(10_000_000);
}

const PROBE = new Uint8Array(64);

function newWorld() {
  const network = new SimNetwork();
  const hosts = ([NAT_CLASSES.R, NAT_CLASSES.E3] as const).map((nat, n) => {
    const router = network.addRouter({
      name: `home ${n}`,
      line: { delayMs: 12.5, jitterMs: 2 },
      v4: { nat, addresses: [`203.0.113.${n + 1}`] },
    });
    return network.addHost({ name: `host ${n}`, interfaces: [{ segment: router.lan, addresses: ["192.168.1.2"] }] });
  });
  const [hard, easy] = hosts as [(typeof hosts)[0], (typeof hosts)[0]];
  return { network, hard, easy };
}

/** Of each round after the first ones, in which the code is compiled: the processor's time, which other programs do not add to. */
function time(run: () => void): number[] {
  const values = Array.from({ length: ROUNDS + 3 }, () => {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  });
  return values.slice(3);
}
