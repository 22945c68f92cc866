/** The device's place in a team: the one it has, or a new one for a token. Errors are sentences for people. */
import { arch, hostname, platform, release } from "node:os";
import { err, fromBase64Url, ok, parseEnrollmentToken, type Result, toBase64Url } from "@pinhole/protocol";
import { fingerprintOf } from "@pinhole/secure-channel";
import { enroll, enrollErrorWords } from "../control/enroll.ts";
import type { Identity } from "../state/identity.ts";
import type { Enrollment } from "../state/records.ts";
import type { StateStore } from "../state/store.ts";
import { VERSION } from "../version.ts";

export type Wanted = {
  readonly server: URL | undefined;
  readonly token: string | undefined;
};

export type Enrolled = { readonly enrollment: Enrollment; readonly isNew: boolean };

type Input = Wanted & {
  readonly name: string;
  readonly store: StateStore;
  readonly identity: Identity;
  readonly signal: AbortSignal;
};

export async function ensureEnrolled(input: Input): Promise<Result<Enrolled, string>> {
  const { store, name, identity, signal } = input;
  const checked = checkEnrollable(store, input);
  if (!checked.ok) return checked;
  if ("enrollment" in checked.value) return ok({ enrollment: checked.value.enrollment, isNew: false });
  const { server, token } = checked.value;
  const host = {
    os: `${platform()} ${release()}`.slice(0, 64),
    arch: arch(),
    hostname: hostname().slice(0, 255),
    agentVersion: VERSION,
  };
  const enrolled = await enroll({ server, token, name, host, identity, signal });
  if (!enrolled.ok) return err(enrollErrorWords(enrolled.error, server.href));
  store.save("enrollment", enrolled.value);
  return ok({ enrollment: enrolled.value, isNew: true });
}

/** What can be refused without asking anybody. */
export function checkEnrollable(
  store: StateStore,
  { server, token }: Wanted,
): Result<{ readonly enrollment: Enrollment } | { readonly server: URL; readonly token: string }, string> {
  const saved = store.load("enrollment");
  if (saved !== undefined) {
    const kept = reconcile(saved, { server, token });
    return kept.ok ? ok({ enrollment: kept.value }) : kept;
  }
  if (server === undefined || token === undefined) {
    return err(
      "This machine is not enrolled yet. Create a token in the dashboard under Devices, Add a device, and run the command it shows.",
    );
  }
  return parseEnrollmentToken(token).ok
    ? ok({ server, token })
    : err(enrollErrorWords({ code: "not-a-token" }, server.href));
}

/**
 * An enrolled device may be told that its dashboard moved: the pinned key decides whether that is true, so the new address
 * is the caller's to save, once it has proven itself.
 */
export function reconcile(saved: Enrollment, { server, token }: Wanted): Result<Enrollment, string> {
  const parsed = token === undefined ? undefined : parseEnrollmentToken(token);
  if (parsed?.ok === true && !isFingerprintOf(saved.serverKey, parsed.value.fingerprint)) {
    return err(
      `This machine is enrolled with ${saved.server}, and the token is another dashboard's. Run \`pinhole uninstall\` or use another --state-dir to join there.`,
    );
  }
  return ok(server === undefined || server.href === saved.server ? saved : { ...saved, server: server.href });
}

const isFingerprintOf = (serverKey: string, fingerprint: Uint8Array): boolean =>
  toBase64Url(fingerprintOf(fromBase64Url(serverKey) ?? new Uint8Array(0))) === toBase64Url(fingerprint);
