/** A stream of echo requests by the system's ping, to measure from outside how long nothing came through. */
import { BULKY_BYTES } from "./internet-rules.ts";
import type { Lab } from "./lab.ts";
import type { LabProcess } from "./lab-process.ts";

const INTERVAL_MS = 100;

export class PingStream {
  readonly #process: LabProcess;

  private constructor(process: LabProcess) {
    this.#process = process;
  }

  static async start<Name extends string>(
    lab: Lab<Name>,
    from: Name,
    to: string,
    { everyMs = INTERVAL_MS } = {},
  ): Promise<PingStream> {
    // -D: each reply with the time when it came. -s: long enough to be told from a probe.
    const argv = ["ping", "-D", "-i", String(everyMs / 1_000), "-s", String(BULKY_BYTES), to] as const;
    const stream = new PingStream(lab.spawn(from, argv, { stdin: "" }));
    await stream.untilReplyAfter(0);
    return stream;
  }

  /** Milliseconds since the epoch, in order. */
  get repliesAt(): readonly number[] {
    return this.#replies().map(({ at }) => at);
  }

  /** Waits for a reply to a request that left after `seq`. */
  async untilReplyAfter(seq: number, timeoutMs = 15_000): Promise<void> {
    await this.#process.waitFor(() => (this.lastSequence > seq ? true : undefined), {
      timeoutMs,
      what: `a reply after number ${seq}`,
    });
  }

  get lastSequence(): number {
    return this.#replies().at(-1)?.seq ?? 0;
  }

  /** How many requests of the first so many have had no reply. */
  unansweredOf(first: number): number {
    const answered = new Set(this.#replies().map(({ seq }) => seq));
    return Array.from({ length: first }, (_, at) => at + 1).filter((seq) => !answered.has(seq)).length;
  }

  /** The longest time without a reply, in milliseconds. */
  get longestGapMs(): number {
    const times = this.repliesAt;
    return Math.max(0, ...times.slice(1).map((at, i) => at - times[i]!));
  }

  async stop(): Promise<{ readonly sent: number; readonly received: number }> {
    this.#process.kill("SIGINT");
    await this.#process.exited;
    const [, sent, received] = await this.#process.waitForLine(/^(\d+) packets transmitted, (\d+) received/, 1_000);
    return { sent: Number(sent), received: Number(received) };
  }

  #replies(): { readonly at: number; readonly seq: number }[] {
    return this.#process.stdout.flatMap((line) => {
      const match = /^\[(\d+\.\d+)\] .* icmp_seq=(\d+) ttl=/.exec(line);
      return match ? [{ at: Number(match[1]) * 1_000, seq: Number(match[2]) }] : [];
    });
  }
}
