/** The sockets of a host by port. */
import type { AddressId } from "./address-book.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { SimSocket } from "./socket.ts";

/** Linux's ephemeral ports. */
export const EPHEMERAL_PORTS = [32_768, 60_999] as const;

export class SocketTable {
  readonly #byPort = new Map<number, SimSocket[]>();
  readonly #random: SeededRandom;
  readonly #ephemeral: readonly [first: number, last: number];

  constructor(random: SeededRandom, ephemeral: readonly [first: number, last: number] = EPHEMERAL_PORTS) {
    this.#random = random;
    this.#ephemeral = ephemeral;
  }

  /** A port that nobody has. */
  drawPort(): number {
    const [first, last] = this.#ephemeral;
    if (this.#byPort.size > (last - first) / 2) throw new Error("more sockets than ephemeral ports allow");
    for (;;) {
      const port = this.#random.int(first, last);
      if (!this.#byPort.has(port)) return port;
    }
  }

  /** @throws Error where another socket receives there. */
  add(socket: SimSocket): void {
    const others = this.#byPort.get(socket.port);
    if (others === undefined) return void this.#byPort.set(socket.port, [socket]);
    const clashes = others.some(({ address }) => address === socket.address);
    if (clashes) throw new Error(`port ${socket.port} is in use`);
    others.push(socket);
  }

  remove(socket: SimSocket): void {
    const left = this.#byPort.get(socket.port)?.filter((other) => other !== socket) ?? [];
    if (left.length === 0) this.#byPort.delete(socket.port);
    else this.#byPort.set(socket.port, left);
  }

  has(socket: SimSocket): boolean {
    return this.#byPort.get(socket.port)?.includes(socket) === true;
  }

  /** One that is bound to the address, or else to none. */
  find(address: AddressId, port: number): SimSocket | undefined {
    const sockets = this.#byPort.get(port);
    if (sockets === undefined) return undefined;
    return (
      sockets.find((socket) => socket.address === address) ?? sockets.find((socket) => socket.address === undefined)
    );
  }

  closeAll(): void {
    this.#byPort.clear();
  }
}
