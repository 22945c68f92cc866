/** Why the fast way does not open, in words that say what to do next. */
import type { DatapathRefusal } from "./contract.ts";
import type { SystemError } from "./ffi/errno.ts";
import type { TunError } from "./ffi/tun-device.ts";

export function udpRefusal(error: SystemError, port: number): DatapathRefusal {
  if (error === "in-use") {
    return { code: "port-taken", words: `UDP port ${port} is taken by another program; choose one with --port.` };
  }
  if (error === "no-permission") {
    return {
      code: "no-permission",
      words: `UDP port ${port} is not open to this user; choose one above 1023 with --port.`,
    };
  }
  return { code: "failed", words: `No UDP socket could be opened (${error}).` };
}

export function tunRefusal({ step, error }: TunError, name: string): DatapathRefusal {
  if (step === "name") {
    return {
      code: "failed",
      words: `"${name}" is no name for an interface: 1 to 15 letters, digits, ".", "_" and "-".`,
    };
  }
  if (error === "no-permission") {
    return {
      code: "no-permission",
      words: `Making the interface ${name} needs root (or CAP_NET_ADMIN). Start it with sudo, or without an interface by --userspace.`,
    };
  }
  if (step === "open") {
    return {
      code: "no-tun",
      words:
        "This system offers no TUN interface (/dev/net/tun). Load it with `modprobe tun`, or start without an interface by --userspace.",
    };
  }
  if (error === "in-use" || error === "invalid") {
    return { code: "interface-name-taken", words: `The interface name ${name} is taken; choose another with --tun.` };
  }
  return { code: "failed", words: `The interface ${name} could not be made (${error}).` };
}
