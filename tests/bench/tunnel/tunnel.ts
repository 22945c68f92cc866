/** One tunnel over the wire, whoever made it: what a figure is measured through. */
import type { End, Wire } from "./wire.ts";

export type Tunnel = {
  readonly name: string;
  /** Inside. */
  readonly address: Readonly<Record<End, string>>;
};

export type OpenTunnel = (wire: Wire) => Promise<Tunnel>;
