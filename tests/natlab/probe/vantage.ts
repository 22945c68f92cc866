/** The four places from which a NAT is looked at: two addresses of the lab's server with two ports each. */
import type { Lab } from "../lab.ts";
import { SERVER_ADDRESSES } from "../topology.ts";
import { Probe, type ProbeSocket } from "./probe.ts";

export type NamedSocket = ProbeSocket & { readonly name: string };

export type Vantage = {
  readonly main: NamedSocket;
  readonly otherPort: NamedSocket;
  readonly otherAddress: NamedSocket;
  readonly otherBoth: NamedSocket;
};

export async function openVantage(lab: Lab<any>): Promise<Vantage> {
  const probe = Probe.on(lab, "server");
  const open = async (address: string, port: number): Promise<NamedSocket> =>
    Object.assign(await probe.open(address, port), { name: `${address}:${port}` });
  const [first, second] = SERVER_ADDRESSES;
  return {
    main: await open(first, 3478),
    otherPort: await open(first, 3479),
    otherAddress: await open(second, 3478),
    otherBoth: await open(second, 3479),
  };
}

/** The endpoint that the socket shows there. */
export async function seenBy(socket: ProbeSocket, by: NamedSocket, text: string): Promise<string> {
  await socket.send(by.name, text);
  return by.sourceOf(text);
}

export const portOf = (endpoint: string): number => Number(endpoint.split(":")[1]);
