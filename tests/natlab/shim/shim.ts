/** The lab's side of the shim process: starts it at the first need and tells it what to do. */
import { fileURLToPath } from "node:url";
import type { LabProcess } from "../lab-process.ts";
import type { Shapes } from "./shaper.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
const PATIENCE_MS = 10_000;

export class Shim {
  readonly #process: LabProcess;
  #lastId = 0;

  constructor(device: string, seed: number, spawn: (argv: [string, ...string[]]) => LabProcess) {
    this.#process = spawn([process.execPath, MAIN, device, String(seed)]);
  }

  /** Resolves when every later packet is treated so. */
  async apply(shapes: Shapes): Promise<void> {
    const id = ++this.#lastId;
    this.#process.write(`${JSON.stringify({ ...shapes, id })}\n`);
    await this.#process.waitForLine(new RegExp(`^${id}$`), PATIENCE_MS);
  }
}
