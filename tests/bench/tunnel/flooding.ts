/** A flood from end a towards end b, for as long as it is held. */
import { fileURLToPath } from "node:url";
import { type Endpoint, formatEndpoint } from "@pinhole/protocol";
import type { Wire } from "./wire.ts";

const PROGRAM = fileURLToPath(new URL("./flood.ts", import.meta.url));
/** Discard, where nobody listens. */
const ELSEWHERE = 9;

export type Flood = {
  readonly to: Endpoint;
  /** Of whom it is aimed at. */
  readonly key: string;
  readonly perSecond: number;
  /** Whoever knows the public key can make one, and is then asked for a cookie. */
  readonly hasMac1: boolean;
  readonly isAimed: boolean;
};

export async function startFlood(wire: Wire, flood: Flood): Promise<AsyncDisposable> {
  const { to, key, perSecond, hasMac1, isAimed } = flood;
  const target = formatEndpoint(isAimed ? to : { ...to, port: ELSEWHERE });
  const args = [`--to=${target}`, `--key=${key}`, `--per-second=${perSecond}`, ...(hasMac1 ? ["--with-mac1"] : [])];
  const child = wire.spawn("a", [process.execPath, PROGRAM, ...args]);
  await child.waitForLine(/flooding/, 10_000);
  return { [Symbol.asyncDispose]: async () => void (await child.stop()) };
}
