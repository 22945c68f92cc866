/** One call of a UPnP action: SOAP 1.1 over HTTP, the request and what comes back (UPnP Device Architecture 1.1 §3). */
import { err, ok, type Result } from "@pinhole/protocol/net";
import type { HttpAnswer, HttpRequest } from "../contract.ts";
import { fetchHttp, type Procedure } from "../procedure.ts";
import type { Service } from "./description.ts";
import { hostOf } from "./http-target.ts";
import { childText, elementsNamed, parseXml, type XmlElement } from "./xml.ts";

/** The device's own code, or why there is none. */
export type SoapError = number | "silent" | "malformed";

export type SoapCall = {
  readonly action: string;
  readonly arguments?: Readonly<Record<string, string | number>>;
};

/** The element that holds the outcome. */
export function* callService(service: Service, call: SoapCall): Procedure<Result<XmlElement, SoapError>> {
  const answer = yield* fetchHttp(encodeCall(service, call));
  return answer === undefined ? err("silent") : decodeCall(answer, call.action);
}

export function encodeCall({ type, control }: Service, { action, arguments: values = {} }: SoapCall): HttpRequest {
  const fields = Object.entries(values).map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`);
  const call = `<u:${action} xmlns:u="${escapeXml(type)}">${fields.join("")}</u:${action}>`;
  return {
    to: control,
    method: "POST",
    headers: {
      Host: hostOf(control),
      "Content-Type": 'text/xml; charset="utf-8"',
      SOAPAction: `"${type}#${action}"`,
      Connection: "close",
    },
    body: `<?xml version="1.0"?>\r\n<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body>${call}</s:Body></s:Envelope>\r\n`,
  };
}

export function decodeCall({ status, body }: HttpAnswer, action: string): Result<XmlElement, SoapError> {
  const document = parseXml(body);
  if (!document.ok) return err("malformed");
  const [failure] = elementsNamed(document.value, "errorCode");
  // A fault comes with status 500, but not from every gateway.
  if (failure !== undefined) return err(/^\d{1,4}$/.test(failure.text) ? Number(failure.text) : "malformed");
  const [outcome] = elementsNamed(document.value, `${action}Response`);
  return status === 200 && outcome !== undefined ? ok(outcome) : err("malformed");
}

/** A number of an outcome; undefined where it is none, or out of range. */
export function numberIn(outcome: XmlElement, name: string, max: number): number | undefined {
  const text = childText(outcome, name) ?? "";
  return /^\d{1,10}$/.test(text) && Number(text) <= max ? Number(text) : undefined;
}

function escapeXml(text: string): string {
  return text.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
