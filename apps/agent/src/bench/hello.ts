/**
 * What two agents say before they measure, over TCP inside the tunnel: one line each.
 *
 *     asks      pinhole-bench 1 send        bytes follow until its end is closed
 *               pinhole-bench 1 receive     bytes are wanted until the connection is closed
 *     answers   ok                          and after the bytes of a "send": `<bytes> <milliseconds>`
 *               busy                        somebody else is measuring
 */
export const BENCH_PORT = 41_642;

/** In one direction, whatever is asked for. */
export const MAX_BENCH_SECONDS = 60;

export type Direction = "send" | "receive";

const HELLO = /^pinhole-bench 1 (send|receive)$/;
const RESULT = /^(\d{1,15}) (\d{1,9})$/;
/** Longer than any line that is valid. */
export const MAX_LINE_BYTES = 64;

export type BenchResult = { readonly bytes: number; readonly ms: number };

export function formatHello(direction: Direction): string {
  return `pinhole-bench 1 ${direction}\n`;
}

/** Undefined for anything else. */
export function parseHello(line: string): Direction | undefined {
  const direction = HELLO.exec(line)?.[1];
  return direction === "send" || direction === "receive" ? direction : undefined;
}

export function formatResult({ bytes, ms }: BenchResult): string {
  return `${bytes} ${Math.round(ms)}\n`;
}

export function parseResult(line: string): BenchResult | undefined {
  const [, bytes, ms] = RESULT.exec(line) ?? [];
  return bytes === undefined || ms === undefined ? undefined : { bytes: Number(bytes), ms: Number(ms) };
}
