/** A mail server for tests: the real protocol on a real port. */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import type { MailSettings } from "../../mail-settings.ts";

export type Received = { readonly to: readonly string[]; readonly source: string };

export class MailServer implements AsyncDisposable {
  readonly mails: Received[] = [];
  readonly #server: SMTPServer;
  readonly #waiting: (() => void)[] = [];

  /** @param port 0: any that is free */
  static async start(options: SMTPServerOptions = {}, port = 0): Promise<MailServer> {
    const server = new MailServer(options);
    server.#server.listen(port, "127.0.0.1");
    await once(server.#server.server, "listening");
    return server;
  }

  private constructor(options: SMTPServerOptions) {
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ["STARTTLS"],
      logger: false,
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        stream.on("end", () => {
          this.mails.push({
            to: session.envelope.rcptTo.map(({ address }) => address),
            source: Buffer.concat(chunks).toString(),
          });
          done();
          for (const resolve of this.#waiting.splice(0)) resolve();
        });
      },
      ...options,
    });
    // A client that hangs up in the middle is what some tests are about.
    this.#server.on("error", () => undefined);
  }

  get settings(): MailSettings {
    return settingsFor(this.#server.server.address() as AddressInfo);
  }

  /** The one of that number, which may be still to come. */
  async mail(number = 0): Promise<Received> {
    for (;;) {
      const found = this.mails[number];
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** Takes connections and says nothing, or says `chunk` again and again. */
export async function startHangingServer(
  chunk?: string,
): Promise<AsyncDisposable & { readonly settings: MailSettings }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    if (chunk === undefined) return;
    const timer = setInterval(() => socket.write(chunk), 20);
    socket.on("close", () => clearInterval(timer));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    settings: settingsFor(server.address() as AddressInfo),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function settingsFor({ port }: Pick<AddressInfo, "port">): MailSettings {
  return {
    host: "127.0.0.1",
    port,
    isSecure: false,
    credentials: undefined,
    from: { name: "Pinhole", address: "pinhole@example.net" },
  };
}
