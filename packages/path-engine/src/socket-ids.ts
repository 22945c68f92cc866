/** Names for the sockets that are opened on demand: one counter for all who open some, so that none answers to two of them. */
import type { SocketId } from "./contract.ts";

/** Below are the sockets that the datapath opens by itself. */
const FIRST_ID: SocketId = 1_000;

export class SocketIds {
  #next = FIRST_ID;

  /** One that was never given out before. */
  take(): SocketId {
    return this.#next++;
  }
}
