/**
 * Gives the TUN interface its addresses, its size and the overlay's routes, and keeps them as
 * the configuration changes. All of it vanishes with the interface.
 */
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { addressFamily, err, ok, parsePrefix, type Result } from "@pinhole/protocol/net";
import type { SystemError } from "../ffi/errno.ts";
import {
  newAddressChange,
  newLinkQueue,
  newLinkSegments,
  newLinkUp,
  newLinkWithoutLinkLocal,
  newRouteChange,
} from "../ffi/netlink-message.ts";
import { MIN_INNER_MTU } from "../inner-mtu.ts";
import { packetsOfOneTrain } from "../loop-train.ts";
import { findOverlayClash } from "./overlay-clash.ts";
import { overlayAddresses, overlayRanges } from "./overlay-space.ts";

/** Rides out 10 ms in which the loop does not run, at 200,000 packets a second. The kernel's own 500 lose datagrams on a busy machine. */
const QUEUED_PACKETS = 2_000;

export type InterfaceState = { readonly addresses: readonly string[]; readonly ranges: readonly string[] };
export type InterfaceProblem = { readonly code: "overlay-clash" | "interface-failed"; readonly words: string };

/** How the kernel is asked: by system calls of ours, or by those of a program. */
export type InterfaceControl = {
  readonly name: string;
  readonly index: () => Result<number, SystemError>;
  readonly ask: (request: Uint8Array) => Result<void, SystemError>;
};

export class InterfaceSetup {
  readonly #control: InterfaceControl;
  #addresses: readonly string[] = [];
  #ranges: readonly string[] = [];
  #mtu = MIN_INNER_MTU;

  constructor(control: InterfaceControl) {
    this.#control = control;
  }

  /** Puts everything back, after something took it away without asking. */
  restore(): Result<void, InterfaceProblem> {
    const state = { addresses: this.#addresses, ranges: this.#ranges };
    this.#addresses = [];
    this.#ranges = [];
    return this.apply(state);
  }

  /**
   * The first problem; what can be done in spite of it is done. A clash takes everything away.
   * A machine without IPv6 has the IPv4 half, and that is no problem.
   */
  apply(state: InterfaceState): Result<void, InterfaceProblem> {
    const addresses = overlayAddresses(state.addresses);
    const ranges = overlayRanges(state.ranges);
    if (isSame(addresses, this.#addresses) && isSame(ranges, this.#ranges)) return ok(undefined);
    const index = this.#control.index();
    if (!index.ok) return err(this.#problem("is gone"));

    const clash = findOverlayClash([...ranges, ...addresses.map(hostPrefix)], this.#control.name, readLocalNetworks());
    if (clash !== undefined) {
      this.#change(index.value, { addresses: [], ranges: [] });
      return err({ code: "overlay-clash", words: clash });
    }
    return this.#change(index.value, { addresses, ranges });
  }

  /** The longest packet that any peer takes; what is too long for another one is refused by itself. */
  setMtu(bytes: number): Result<void, InterfaceProblem> {
    this.#mtu = bytes;
    // Otherwise it is not up, and gets it with its addresses.
    if (this.#addresses.length === 0) return ok(undefined);
    const index = this.#control.index();
    const asked = index.ok ? this.#bringUp(index.value) : index;
    return asked.ok ? ok(undefined) : err(this.#problem(`could not be made to take ${bytes} bytes (${asked.error})`));
  }

  #change(index: number, { addresses, ranges }: InterfaceState): Result<void, InterfaceProblem> {
    const problems: string[] = [];
    const ask = (request: Uint8Array, family: 4 | 6, what: string): void => {
      const asked = this.#control.ask(request);
      // Without IPv6 in the kernel, or with it switched off, everything about it fails in one of these ways.
      const isWithoutIpv6 =
        family === 6 && !asked.ok && ["not-supported", "no-permission", "invalid", "no-device"].includes(asked.error);
      if (!asked.ok && !isWithoutIpv6) problems.push(`${what}: ${asked.error}`);
    };
    const routeTo = (action: "add" | "remove", range: string): void => {
      const destination = parsePrefix(range);
      if (!destination.ok) return;
      const family = addressFamily(range);
      const source = addresses.find((address) => addressFamily(address) === family);
      ask(newRouteChange({ action, index, destination: destination.value, source }), family, `route ${range}`);
    };

    for (const range of this.#ranges) if (!ranges.includes(range)) routeTo("remove", range);
    for (const address of this.#addresses) {
      if (addresses.includes(address)) continue;
      ask(newAddressChange({ action: "remove", index, address }), addressFamily(address), `address ${address}`);
    }
    this.#control.ask(newLinkWithoutLinkLocal(index));
    this.#control.ask(newLinkQueue(index, QUEUED_PACKETS));
    const isUp = this.#bringUp(index);
    if (!isUp.ok) problems.push(`bring up: ${isUp.error}`);
    for (const address of addresses) {
      ask(newAddressChange({ action: "add", index, address }), addressFamily(address), `address ${address}`);
    }
    for (const range of ranges) routeTo("add", range);
    this.#addresses = addresses;
    this.#ranges = ranges;
    const [first] = problems;
    return first === undefined ? ok(undefined) : err(this.#problem(`could not be configured (${first})`));
  }

  #bringUp(index: number): Result<void, SystemError> {
    // What is read whole leaves with one call, and arrives as one. A kernel that knows no such limit hands over a few more.
    this.#control.ask(newLinkSegments(index, packetsOfOneTrain(this.#mtu)));
    return this.#control.ask(newLinkUp(index, this.#mtu));
  }

  #problem(what: string): InterfaceProblem {
    return { code: "interface-failed", words: `The interface ${this.#control.name} ${what}.` };
  }
}

function readLocalNetworks(): Parameters<typeof findOverlayClash>[2] {
  return { interfaces: networkInterfaces(), routes: readProc("route"), ipv6Routes: readProc("ipv6_route") };
}

function readProc(name: string): string {
  try {
    return readFileSync(`/proc/net/${name}`, "utf8");
  } catch {
    return ""; // a kernel without that family
  }
}

function hostPrefix(address: string): string {
  return `${address}/${addressFamily(address) === 4 ? 32 : 128}`;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, at) => text === b[at]);
}
