import { expect, test } from "vitest";
import { readDescription } from "./description.ts";

const AT = { address: "192.168.77.1", port: 40_579, path: "/rootDesc.xml" };
const service = (type: string, control: string): string =>
  `<service><serviceType>urn:schemas-upnp-org:service:${type}</serviceType><serviceId>x</serviceId><SCPDURL>/s.xml</SCPDURL><controlURL>${control}</controlURL><eventSubURL>/e</eventSubURL></service>`;
const device = (...services: string[]): string =>
  `<?xml version="1.0"?>\n<root xmlns="urn:schemas-upnp-org:device-1-0" configId="1337"><specVersion><major>1</major><minor>1</minor></specVersion><device><deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:2</deviceType><friendlyName>A & B</friendlyName><serviceList>${service("Layer3Forwarding:1", "/ctl/L3F")}</serviceList><deviceList><device><serviceList>${services.join("")}</serviceList></device></deviceList></device></root>`;

test("finds the services that map ports, the best first, however deep", () => {
  const body = device(
    service("WANPPPConnection:1", "/ctl/ppp"),
    service("WANIPConnection:1", "/ctl/ip1"),
    service("WANIPv6FirewallControl:1", "/ctl/fw"),
    service("WANIPConnection:2", "/ctl/ip2"),
  );
  const found = readDescription(body, AT);
  const at = (path: string) => ({ ...AT, path });
  expect(found).toEqual({
    ok: true,
    value: {
      connections: [
        { type: "urn:schemas-upnp-org:service:WANIPConnection:2", control: at("/ctl/ip2") },
        { type: "urn:schemas-upnp-org:service:WANIPConnection:1", control: at("/ctl/ip1") },
        { type: "urn:schemas-upnp-org:service:WANPPPConnection:1", control: at("/ctl/ppp") },
      ],
      firewall: { type: "urn:schemas-upnp-org:service:WANIPv6FirewallControl:1", control: at("/ctl/fw") },
    },
  });
});

test("leaves out what leads elsewhere, and takes at most four", () => {
  const many = Array.from({ length: 9 }, (_, index) => service("WANIPConnection:1", `/ctl/${index}`));
  const found = readDescription(device(service("WANIPConnection:2", "http://198.51.100.9/"), ...many), AT);
  expect(found.ok && found.value.connections.map(({ control }) => control.path)).toEqual([
    "/ctl/0",
    "/ctl/1",
    "/ctl/2",
    "/ctl/3",
  ]);
});

test("of a printer has nothing for us, and of a web page neither", () => {
  expect(readDescription(device(), AT)).toEqual({ ok: true, value: { connections: [], firewall: undefined } });
  expect(readDescription("<html><br></html>", AT)).toEqual({ ok: false, error: "malformed" });
});
