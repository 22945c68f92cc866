/** The first line of a stream and where it ended. Bounded: a line that is too long is nobody's. */
import { MAX_LINE_BYTES } from "./hello.ts";

const NEWLINE = 10;

export class LineReader {
  #text = "";

  /** The line and how many bytes of the chunk belong to it; undefined while it goes on; null when it never ends. */
  take(chunk: Uint8Array): { readonly line: string; readonly used: number } | null | undefined {
    const end = chunk.indexOf(NEWLINE);
    const used = end < 0 ? chunk.length : end;
    if (this.#text.length + used > MAX_LINE_BYTES) return null;
    this.#text += Buffer.from(chunk.subarray(0, used)).toString("latin1");
    return end < 0 ? undefined : { line: this.#text, used: end + 1 };
  }
}
