/**
 * A UDP socket drawer: opens sockets and sends from them as it is told, one JSON object a
 * line, and reports what arrives. Runs on a host of the lab; {@link Probe} is the other end.
 */
import { createSocket, type Socket } from "node:dgram";
import { createInterface } from "node:readline";

export type ProbeCommand =
  | { readonly kind: "open"; readonly socket: number; readonly address: string; readonly port: number }
  | {
      readonly kind: "send";
      readonly id: number;
      readonly socket: number;
      readonly address: string;
      readonly port: number;
      readonly text: string;
      readonly ttl?: number;
    };

export type ProbeEvent =
  | { readonly kind: "opened"; readonly socket: number; readonly port: number }
  /** The kernel has it. */
  | { readonly kind: "sent"; readonly id: number }
  | { readonly kind: "received"; readonly socket: number; readonly from: string; readonly text: string }
  | { readonly kind: "failed"; readonly socket: number; readonly message: string };

/** As Linux chooses. */
const DEFAULT_TTL = 64;

const sockets = new Map<number, Socket>();

for await (const line of createInterface({ input: process.stdin })) obey(JSON.parse(line) as ProbeCommand);

function obey(command: ProbeCommand): void {
  switch (command.kind) {
    case "open":
      return open(command.socket, command.address, command.port);
    case "send": {
      const socket = sockets.get(command.socket);
      // It is the socket's, so that of the last one would stay.
      socket?.setTTL(command.ttl ?? DEFAULT_TTL);
      socket?.send(command.text, command.port, command.address, (error) => {
        if (error) report({ kind: "failed", socket: command.socket, message: error.message });
        else report({ kind: "sent", id: command.id });
      });
      return;
    }
    default:
      return command satisfies never;
  }
}

function open(id: number, address: string, port: number): void {
  const socket = createSocket("udp4");
  sockets.set(id, socket);
  socket.on("message", (data, from) => {
    const text = data.toString();
    // Answered here and not by the test, so that a round trip is the network's alone.
    if (text.startsWith("echo ")) socket.send(`${from.address}:${from.port}`, from.port, from.address);
    report({ kind: "received", socket: id, from: `${from.address}:${from.port}`, text });
  });
  socket.on("error", ({ message }) => report({ kind: "failed", socket: id, message }));
  socket.bind(port, address, () => report({ kind: "opened", socket: id, port: socket.address().port }));
}

function report(event: ProbeEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}
