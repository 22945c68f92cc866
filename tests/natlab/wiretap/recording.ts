/** What an eavesdropper has written down, ready to be searched: as it went over the wire, and with the masks taken off. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { takeFrames } from "./web-socket-frames.ts";

const END_OF_HEADERS = "\r\n\r\n";

export class Recording {
  readonly #texts: readonly Buffer[];
  /** Of WebSocket messages alone. */
  readonly sealedBytes: number;

  constructor(directory: string) {
    const raw = readdirSync(directory).map((name) => readFileSync(join(directory, name)));
    const messages = raw.flatMap((bytes) => {
      const end = bytes.indexOf(END_OF_HEADERS);
      const isWebSocket = bytes
        .subarray(0, Math.max(0, end))
        .toString("latin1")
        .toLowerCase()
        .includes("upgrade: websocket");
      return isWebSocket ? takeFrames(bytes.subarray(end + END_OF_HEADERS.length)).payloads : [];
    });
    this.sealedBytes = messages.reduce((sum, { length }) => sum + length, 0);
    this.#texts = [...raw, ...messages];
  }

  includes(secret: string | Uint8Array): boolean {
    return this.#texts.some((text) => text.includes(typeof secret === "string" ? secret : Buffer.from(secret)));
  }
}
