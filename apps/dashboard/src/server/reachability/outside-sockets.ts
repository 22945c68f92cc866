/**
 * Sends single datagrams as a stranger would: from a port that no device has ever sent to, and from the second STUN address
 * where there are two. Nothing is received.
 */
import { createSocket, type Socket } from "node:dgram";
import { type AddressFamily, addressFamily, type Endpoint } from "@pinhole/protocol";

export class OutsideSockets {
  readonly #addresses: readonly string[];
  readonly #opened = new Map<AddressFamily, Promise<Socket | undefined>>();
  #isClosed = false;

  /** Local addresses of this machine, none for whichever the kernel takes. */
  constructor(addresses: readonly string[]) {
    this.#addresses = addresses;
  }

  /** False when it could not even leave. */
  async send(to: Endpoint, bytes: Uint8Array): Promise<boolean> {
    const socket = await this.#socketOf(addressFamily(to.address));
    if (socket === undefined || this.#isClosed) return false;
    return new Promise((resolve) => socket.send(bytes, to.port, to.address, (error) => resolve(error === null)));
  }

  close(): void {
    this.#isClosed = true;
    for (const opened of this.#opened.values()) void opened.then((socket) => socket?.close());
    this.#opened.clear();
  }

  #socketOf(family: AddressFamily): Promise<Socket | undefined> {
    if (this.#isClosed) return Promise.resolve(undefined);
    const opened = this.#opened.get(family) ?? this.#open(family);
    this.#opened.set(family, opened);
    return opened;
  }

  #open(family: AddressFamily): Promise<Socket | undefined> {
    const socket = family === 4 ? createSocket("udp4") : createSocket({ type: "udp6", ipv6Only: true });
    return new Promise((resolve) => {
      // A machine without IPv6, or without that address: the next question tries again.
      socket.once("error", () => {
        this.#opened.delete(family);
        resolve(undefined);
      });
      socket.bind(
        0,
        this.#addresses.findLast((address) => addressFamily(address) === family),
        () => {
          socket.removeAllListeners("error");
          // What is refused on the way comes back as an error of the socket, and is no news: nobody answers these datagrams.
          socket.on("error", () => undefined);
          socket.unref();
          resolve(socket);
        },
      );
    });
  }
}
