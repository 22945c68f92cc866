/** One request to the routing netlink, and the kernel's answer to it, without FFI. It takes some milliseconds, and is rare. */
import { spawnSync } from "node:child_process";
import { err, ok, type Result } from "@pinhole/protocol/net";
import { type SystemError, systemError } from "../ffi/errno.ts";
import { readAcknowledgement } from "../ffi/netlink-message.ts";
import { PERL, PERL_OPTIONS } from "./perl.ts";
import { NETLINK_PROGRAM } from "./pump-program.ts";

const TIMEOUT_MS = 5_000;

export function askNetlinkByProgram(request: Uint8Array): Result<void, SystemError> {
  const argv = ["-e", NETLINK_PROGRAM, Buffer.from(request).toString("hex")];
  const { status, stdout } = spawnSync(PERL, argv, { ...PERL_OPTIONS, timeout: TIMEOUT_MS, encoding: "latin1" });
  if (status === 1) return err(systemError(Number(stdout)));
  const errno = status === 0 ? readAcknowledgement(Buffer.from(stdout, "hex")) : undefined;
  if (errno === undefined) return err("other");
  return errno === 0 ? ok(undefined) : err(systemError(errno));
}
