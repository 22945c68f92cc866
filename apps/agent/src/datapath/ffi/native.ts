/**
 * The only place that knows koffi: functions that this process has loaded already, libc's and
 * those of the OpenSSL inside Node. Nothing is loaded besides: a second libcrypto in one process
 * crashes it.
 */
import { createRequire } from "node:module";
import { endianness } from "node:os";
import type * as Koffi from "koffi";
import { err, ok, type Result } from "@pinhole/protocol/net";

export type Native = {
  /** By its C declaration. @throws when nothing loaded has it. */
  readonly bind: Koffi.LibraryHandle["func"];
  readonly errno: () => number;
  /** Of a pointer, and of `size_t`. */
  readonly wordBytes: number;
  /** Where memory lies; numbers are exact up to 2^53, and no process has addresses beyond. */
  readonly addressOf: (memory: ArrayBuffer) => number;
  /** Memory that is not V8's, and that stays for as long as the process lives. */
  readonly viewOf: (address: number, length: number) => ArrayBuffer;
};

export type NativeMissing = { readonly code: "unsupported"; readonly words: string };

let loaded: Result<Native, NativeMissing> | undefined;

/** Loads at the first call: nothing else of the agent needs koffi, and it must start where koffi does not. */
export function loadNative(): Result<Native, NativeMissing> {
  loaded ??= load();
  return loaded;
}

function load(): Result<Native, NativeMissing> {
  if (process.platform !== "linux") {
    return err({ code: "unsupported", words: `the fast datapath is for Linux, and this is ${process.platform}` });
  }
  if (endianness() !== "LE") {
    return err({ code: "unsupported", words: "the fast datapath is for little-endian machines" });
  }
  try {
    // By require and not by import: the bundled agent finds koffi beside itself, and only when it is wanted.
    const koffi: typeof Koffi = createRequire(import.meta.url)("koffi");
    const process_ = koffi.load(null);
    return ok({
      bind: process_.func.bind(process_),
      errno: () => koffi.errno(),
      wordBytes: koffi.sizeof("void *"),
      addressOf: (memory) => Number(koffi.address(memory)),
      viewOf: (address, length) => koffi.view(address, length),
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return err({ code: "unsupported", words: `koffi does not load on this machine: ${why}` });
  }
}
