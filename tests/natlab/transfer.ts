/** A transfer between two hosts through whatever lies between them: random bytes there and back, with checksums. */
import { fileURLToPath } from "node:url";
import type { LabProcess } from "./lab-process.ts";

const ECHO = fileURLToPath(new URL("./transfer/echo.ts", import.meta.url));
const SEND = fileURLToPath(new URL("./transfer/send.ts", import.meta.url));
export const ECHO_PORT = 5_300;

export const MIB = 1_048_576;

/** A lab, or as much of one as it takes. */
type Spawning<Name extends string> = {
  spawn(host: Name, argv: readonly [string, ...string[]], options: { readonly stdin: string }): LabProcess;
};

export type TransferResult = {
  /** What came back. */
  readonly bytes: number;
  readonly ms: number;
  readonly isIntact: boolean;
};

/** Answers on every address of the host until the lab ends. */
export async function startEcho<Name extends string>(
  lab: Spawning<Name>,
  host: Name,
  port = ECHO_PORT,
): Promise<LabProcess> {
  const echo = lab.spawn(host, [process.execPath, ECHO, String(port)], { stdin: "" });
  await echo.waitForLine(/echoing on/, 10_000);
  return echo;
}

export class Transfer {
  readonly #process: LabProcess;

  constructor(process: LabProcess) {
    this.#process = process;
  }

  /** Waits until so much has come back. */
  async untilEchoed(bytes: number, timeoutMs = 30_000): Promise<void> {
    await this.#process.waitFor(() => (this.echoed >= bytes ? true : undefined), {
      timeoutMs,
      what: `${bytes} bytes back`,
    });
  }

  /** In whole MiB. */
  get echoed(): number {
    const last = this.#process.stdout.findLast((line) => line.startsWith("echoed "));
    return last === undefined ? 0 : Number(last.slice("echoed ".length));
  }

  get isOver(): boolean {
    return this.#process.exit !== undefined;
  }

  /** @throws when it has not ended well by then. */
  async result(timeoutMs = 60_000): Promise<TransferResult> {
    const [line] = await this.#process.waitForLine(/^\{.*\}$/, timeoutMs);
    const { bytes, ms, sent, echoed } = JSON.parse(line) as {
      bytes: number;
      ms: number;
      sent: string;
      echoed: string;
    };
    return { bytes, ms, isIntact: sent === echoed };
  }
}

export type TransferOptions<Name extends string> = {
  readonly from: Name;
  /** An address of a host where {@link startEcho} runs. */
  readonly to: string;
  readonly bytes: number;
  /** To be still going when something happens. */
  readonly bytesPerSecond?: number;
};

export function startTransfer<Name extends string>(
  lab: Spawning<Name>,
  { from, to, bytes, bytesPerSecond }: TransferOptions<Name>,
): Transfer {
  const pace = bytesPerSecond === undefined ? [] : [String(bytesPerSecond)];
  const argv = [process.execPath, SEND, to, String(ECHO_PORT), String(bytes), ...pace] as const;
  return new Transfer(lab.spawn(from, [...argv], { stdin: "" }));
}
