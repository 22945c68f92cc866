/**
 * The agent's way of asking a router, alone on a host of the lab: prints each state as JSON, and the text of every datagram that
 * comes to the port or the one after it. Gives the port back when it is told to end.
 */
import { createSocket } from "node:dgram";
import { parseArgs } from "node:util";
import type { MapperSnapshot } from "@pinhole/portmap";
import { addressFamily, parsePrefix } from "@pinhole/protocol";
import { MapperRun } from "../../apps/agent/src/portmap/mapper-run.ts";

export type MapperEvent =
  | { readonly is: "snapshot"; readonly snapshot: MapperSnapshot }
  | { readonly is: "datagram"; readonly port: number; readonly text: string };

const { values } = parseArgs({
  options: {
    interface: { type: "string", default: "eth0" },
    gateway: { type: "string", default: "" },
    address: { type: "string", default: "" },
    "on-link": { type: "string", default: "" },
    port: { type: "string", default: "0" },
  },
});
const say = (event: MapperEvent): void => void process.stdout.write(`${JSON.stringify(event)}\n`);

const local = { address: values.address, port: Number(values.port) };
const family = addressFamily(local.address);
const prefix = parsePrefix(values["on-link"]);
if (!prefix.ok) throw new Error(prefix.error);

const sockets = [local.port, local.port + 1].map((port) =>
  createSocket(family === 4 ? "udp4" : "udp6")
    .bind(port, local.address)
    .on("message", (bytes) => say({ is: "datagram", port, text: bytes.toString() })),
);
const run: MapperRun = new MapperRun({
  way: { family, interfaceName: values.interface, network: { gateway: values.gateway, local, onLink: [prefix.value] } },
  nonce: new Uint8Array(12).fill(5),
  onChange: () => say({ is: "snapshot", snapshot: run.snapshot }),
});

process.once("SIGTERM", () => {
  void run.close().then(() => {
    for (const socket of sockets) socket.close();
  });
});
