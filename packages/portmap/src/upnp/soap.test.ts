import { describe, expect, test } from "vitest";
import type { Service } from "./description.ts";
import { decodeCall, encodeCall, numberIn } from "./soap.ts";
import { childText } from "./xml.ts";

const SERVICE: Service = {
  type: "urn:schemas-upnp-org:service:WANIPConnection:2",
  control: { address: "192.168.77.1", port: 40_579, path: "/ctl/IPConn" },
};

/** As miniupnpd 2.3.1 answers. */
const ADDRESS = `<?xml version="1.0"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body><u:GetExternalIPAddressResponse xmlns:u="urn:schemas-upnp-org:service:WANIPConnection:2"><NewExternalIPAddress>7.7.7.7</NewExternalIPAddress></u:GetExternalIPAddressResponse></s:Body></s:Envelope>
`;
const EMPTY = `<?xml version="1.0"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body><u:AddPortMappingResponse xmlns:u="urn:schemas-upnp-org:service:WANIPConnection:2"/></s:Body></s:Envelope>`;
const CONFLICT = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body><s:Fault><faultcode>s:Client</faultcode><faultstring>UPnPError</faultstring><detail><UPnPError xmlns="urn:schemas-upnp-org:control-1-0"><errorCode>718</errorCode><errorDescription>ConflictInMappingEntry</errorDescription></UPnPError></detail></s:Fault></s:Body></s:Envelope>`;

test("a call is one POST, with everything escaped", () => {
  const request = encodeCall(SERVICE, { action: "Do", arguments: { Text: 'a<b&"', Port: 7 } });
  expect(request).toEqual({
    to: SERVICE.control,
    method: "POST",
    headers: {
      Host: "192.168.77.1:40579",
      "Content-Type": 'text/xml; charset="utf-8"',
      SOAPAction: '"urn:schemas-upnp-org:service:WANIPConnection:2#Do"',
      Connection: "close",
    },
    body: '<?xml version="1.0"?>\r\n<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body><u:Do xmlns:u="urn:schemas-upnp-org:service:WANIPConnection:2"><Text>a&#60;b&#38;&#34;</Text><Port>7</Port></u:Do></s:Body></s:Envelope>\r\n',
  });
});

describe("an answer", () => {
  test("has its values", () => {
    const outcome = decodeCall({ status: 200, body: ADDRESS }, "GetExternalIPAddress");
    expect(outcome.ok && childText(outcome.value, "NewExternalIPAddress")).toBe("7.7.7.7");
    expect(decodeCall({ status: 200, body: EMPTY }, "AddPortMapping").ok).toBe(true);
  });

  test.each([500, 200])("with a fault is one, whatever its status (%i)", (status) => {
    expect(decodeCall({ status, body: CONFLICT }, "AddPortMapping")).toEqual({ ok: false, error: 718 });
  });

  test.each([
    ["a page", 200, "<html><body>log in</body></html>"],
    ["no markup", 200, "OK"],
    ["an answer to something else", 200, EMPTY],
    ["an answer with another status", 302, ADDRESS],
    ["a fault without a number", 500, CONFLICT.replace("718", "-1")],
  ])("is refused: %s", (_, status, body) => {
    expect(decodeCall({ status, body }, "GetExternalIPAddress")).toEqual({ ok: false, error: "malformed" });
  });

  test("has numbers only where it has them, in range", () => {
    const outcome = decodeCall({ status: 200, body: ADDRESS.replace("7.7.7.7", "65536") }, "GetExternalIPAddress");
    if (!outcome.ok) throw new Error("refused");
    expect(numberIn(outcome.value, "NewExternalIPAddress", 0xffff)).toBeUndefined();
    expect(numberIn(outcome.value, "NewExternalIPAddress", 65_536)).toBe(65_536);
    expect(numberIn(outcome.value, "Other", 1)).toBeUndefined();
  });
});
