/**
 * The lab by hand:
 *
 *     node tests/natlab/cli.ts up --hosts a:eim-apdf,b:random,c:lan-of-a [--delay 25] [--loss 0.05] [--hops 6]
 *     node tests/natlab/cli.ts sweep
 */
import { parseArgs } from "node:util";
import { isNetworkName, networks } from "./behaviour.ts";
import { sweepDeadLabs } from "./dismantle.ts";
import { Lab } from "./lab.ts";
import { type HostSpec, SERVER_ADDRESSES } from "./topology.ts";

const USAGE = `usage: cli.ts up --hosts NAME:NETWORK,… [--delay MS] [--loss 0..1] [--hops N]
       cli.ts sweep
networks: ${Object.keys(networks).join(" ")} lan-of-NAME carrier-of-NAME`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    hosts: { type: "string", default: "a:eim-apdf,b:eim-apdf" },
    delay: { type: "string", default: "0" },
    loss: { type: "string", default: "0" },
    hops: { type: "string", default: "1" },
  },
});

if (positionals[0] === "up") await up();
else if (positionals[0] === "sweep") sweepDeadLabs();
else {
  console.error(USAGE);
  process.exitCode = 2;
}

async function up(): Promise<void> {
  const link = { delayMs: Number(values.delay), loss: Number(values.loss) };
  const specs = values.hosts.split(",").map((host) => parseHost(host));
  const hosts = Object.fromEntries(specs.map(([name, spec]) => [name, { ...spec, link }]));
  await using lab = await Lab.create({ hosts, hops: Number(values.hops) });
  console.log(`server  ${SERVER_ADDRESSES.join(" ")}\n        ip netns exec ${lab.namespace("server")} bash`);
  for (const [name] of specs) {
    const { address, publicAddress, routers } = lab.host(name);
    const via = routers.map((router) => router.name).join(", ");
    console.log(`${name.padEnd(8)}${address}${via && ` behind ${via} as ${publicAddress}`}`);
    console.log(`        ip netns exec ${lab.namespace(name)} bash`);
  }
  console.log("Ctrl-C takes it down.");
  await interrupted();
}

function parseHost(text: string): [string, HostSpec] {
  const [name = "", network = ""] = text.split(":");
  const [, relation, of = ""] = /^(lan|carrier)-of-(.+)$/.exec(network) ?? [];
  if (relation === "lan") return [name, { lanOf: of }];
  if (relation === "carrier") return [name, { carrierOf: of }];
  if (!isNetworkName(network)) throw new RangeError(`${text}: no such network\n${USAGE}`);
  return [name, { network }];
}

function interrupted(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // A pending promise alone does not keep the process alive.
  const alive = setInterval(() => {}, 2 ** 30);
  const stop = (): void => {
    clearInterval(alive);
    resolve();
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
  return promise;
}
