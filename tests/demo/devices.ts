/** Who is in the demo: six machines as one meets them. Names are the hosts' and the devices'. */
import type { NetworkName } from "../natlab/behaviour.ts";

export type DemoDevice = {
  readonly network: NetworkName;
  /** One way, to the middle of the internet. */
  readonly delayMs: number;
  readonly words: string;
};

export const DEVICES = {
  laptop: { network: "eim-apdf", delayMs: 8, words: "at home, an ordinary router" },
  nas: { network: "eim-eif", delayMs: 6, words: "at home, a router that lets anybody answer" },
  vps: { network: "public", delayMs: 4, words: "in a data centre, no NAT at all" },
  phone: { network: "cgn", delayMs: 22, words: "mobile, behind a carrier's NAT and one of its own" },
  office: { network: "random", delayMs: 5, words: "a company's firewall, another port for every peer" },
  kiosk: { network: "udp-blocked", delayMs: 12, words: "guest network that lets only TCP out" },
} as const satisfies Record<string, DemoDevice>;

export type DeviceName = keyof typeof DEVICES;
export const DEVICE_NAMES = Object.keys(DEVICES) as DeviceName[];
