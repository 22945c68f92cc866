/** What a person or a host calls the machine → one DNS label, which is what a device is called. */
import { err, ok, type Result } from "@pinhole/protocol";

const MAX_LABEL = 63;

/** `wanted` is what somebody asked for by name; a host's own name may have a domain, which is left out. */
export function deviceName(wanted: string | undefined, hostname: string): Result<string, string> {
  if (wanted === undefined) return ok(labelOf(hostname.split(".")[0] ?? "") ?? "device");
  const label = labelOf(wanted);
  if (label !== undefined) return ok(label);
  return err(
    "A device's name has letters a to z, digits and hyphens, and the one given has none of them. Give another --name",
  );
}

function labelOf(text: string): string | undefined {
  const label = text
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "") // ë is e and two dots
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, MAX_LABEL)
    .replace(/^-+|-+$/g, "");
  return label === "" ? undefined : label;
}
