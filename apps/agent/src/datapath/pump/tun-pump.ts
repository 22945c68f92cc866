/**
 * A TUN interface by way of a small program of another language, where this one has no FFI: what is written to it goes to
 * the host, and what the host sends comes from it. The interface lives as long as the program, which ends with us.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { err, ok, type Result } from "@pinhole/protocol/net";
import { type SystemError, systemError } from "../ffi/errno.ts";
import { isInterfaceName, type TunError } from "../ffi/tun-device.ts";
import { PERL, PERL_OPTIONS } from "./perl.ts";
import { PUMP_PROGRAM } from "./pump-program.ts";

/** What waits to be written at most: beyond, packets are lost as on any interface that does not keep up. */
const MOST_WAITING_BYTES = 1024 * 1024;

export type PumpEvents = {
  readonly bytes: (chunk: Uint8Array) => void;
  /** One packet, by the interface. */
  readonly refused: (error: SystemError) => void;
  readonly link: (state: "up" | "down") => void;
  /** The interface, for good: nothing else is told afterwards. */
  readonly gone: () => void;
};

/** `no-interpreter`: there is nothing to run the program with. */
export type PumpError = "no-interpreter" | TunError;

export async function openTunPump(name: string): Promise<Result<TunPump, PumpError>> {
  if (!isInterfaceName(name)) return err({ step: "name", error: "invalid" });
  const child = spawn(PERL, ["-e", PUMP_PROGRAM, name], {
    ...PERL_OPTIONS,
    stdio: ["pipe", "pipe", "ignore", "pipe"],
    // An interrupt at the terminal is for the agent, which ends it in its own time.
    detached: true,
  });
  const lines = new Lines(child);
  const first = await lines.first;
  const [word, second, third] = first?.split(" ") ?? [];
  if (word === "open")
    return ok(new TunPump(child, lines, { name, index: Number(second), segmentsUdp: third === "1" }));
  if (word === "failed") return err({ step: second === "open" ? "open" : "attach", error: systemError(Number(third)) });
  return err("no-interpreter");
}

export class TunPump {
  readonly name: string;
  readonly index: number;
  readonly segmentsUdp: boolean;
  readonly #child: ChildProcess;
  readonly #lines: Lines;
  readonly #input: Writable;
  readonly #output: Readable;
  #isEnded = false;

  constructor(
    child: ChildProcess,
    lines: Lines,
    { name, index, segmentsUdp }: Pick<TunPump, "name" | "index" | "segmentsUdp">,
  ) {
    this.name = name;
    this.index = index;
    this.segmentsUdp = segmentsUdp;
    this.#child = child;
    this.#lines = lines;
    const [input, output] = child.stdio;
    if (input === null || output === null) throw new Error("a program without standard input and output");
    this.#input = input;
    this.#output = output;
    // Its end says why, and is heard.
    for (const stream of [input, output]) stream.on("error", () => undefined);
  }

  start({ bytes, refused, link, gone }: PumpEvents): void {
    const lost = (): void => {
      if (this.#isEnded) return;
      this.close();
      gone();
    };
    this.#output.on("data", bytes);
    this.#child.once("exit", lost);
    this.#output.once("close", lost);
    this.#lines.listen((line) => {
      const [word, what] = line.split(" ");
      if (word === "refused") refused(systemError(Number(what)));
      else if (word === "link") link(what === "up" ? "up" : "down");
      else lost();
    });
  }

  /** Keeps `frames`, whole ones, until they are written; false when too many wait. */
  write(frames: Uint8Array): boolean {
    if (this.#input.writableLength > MOST_WAITING_BYTES) return false;
    this.#input.write(frames);
    return true;
  }

  /** Until {@link resume}, what the host sends waits with the host. */
  pause(): void {
    this.#output.pause();
  }

  resume(): void {
    this.#output.resume();
  }

  close(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#output.removeAllListeners("data");
    for (const stream of this.#child.stdio) stream?.destroy();
  }
}

/** What it says, from the first line on, which may be its last. */
class Lines {
  readonly first: Promise<string | undefined>;
  readonly #waiting: string[] = [];
  #listener: ((line: string) => void) | undefined;

  constructor(child: ChildProcess) {
    const words = child.stdio[3] as Readable;
    words.on("error", () => undefined);
    this.first = new Promise((resolve) => {
      let isFirst = true;
      // Where it does not exist it has no descriptors to say so by.
      child.once("error", () => resolve(undefined));
      const reader = createInterface({ input: words });
      reader.on("close", () => resolve(undefined));
      reader.on("line", (line) => {
        if (isFirst) resolve(line);
        else if (this.#listener === undefined) this.#waiting.push(line);
        else this.#listener(line);
        isFirst = false;
      });
    });
  }

  listen(listener: (line: string) => void): void {
    this.#listener = listener;
    for (const line of this.#waiting.splice(0)) listener(line);
  }
}
