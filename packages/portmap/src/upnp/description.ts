/** A gateway's description of itself → the services that map ports (UPnP InternetGatewayDevice 1 and 2). */
import { err, ok, type Result } from "@pinhole/protocol/net";
import type { HttpTarget } from "../contract.ts";
import { resolveService } from "./http-target.ts";
import { childText, elementsNamed, parseXml } from "./xml.ts";

export type Service = {
  /** As the gateway writes it: it goes back to it in every call. */
  readonly type: string;
  readonly control: HttpTarget;
};

export type GatewayServices = {
  /** Best first. */
  readonly connections: readonly Service[];
  readonly firewall: Service | undefined;
};

/** A gateway with several uplinks has one each. */
const MAX_CONNECTIONS = 4;

const CONNECTIONS = [
  "urn:schemas-upnp-org:service:WANIPConnection:2",
  "urn:schemas-upnp-org:service:WANIPConnection:1",
  "urn:schemas-upnp-org:service:WANPPPConnection:1",
] as const;
const FIREWALL = "urn:schemas-upnp-org:service:WANIPv6FirewallControl:1";

export function readDescription(body: string, location: HttpTarget): Result<GatewayServices, "malformed"> {
  const document = parseXml(body);
  if (!document.ok) return err("malformed");
  const [base] = elementsNamed(document.value, "URLBase");
  const services = elementsNamed(document.value, "service").flatMap((element): Service[] => {
    const type = childText(element, "serviceType") ?? "";
    const control = resolveService(childText(element, "controlURL") ?? "", base?.text, location);
    return control.ok ? [{ type, control: control.value }] : [];
  });
  const connections = CONNECTIONS.flatMap((wanted) => services.filter(({ type }) => type === wanted));
  return ok({
    connections: connections.slice(0, MAX_CONNECTIONS),
    firewall: services.find(({ type }) => type === FIREWALL),
  });
}
