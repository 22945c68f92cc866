/** The sockets that a measurement opens, in order. */
import { addressFamily, type Endpoint } from "@pinhole/protocol";
import type { SocketId } from "../contract.ts";
import type { FilterTry } from "./filter-tests.ts";
import { type FreshSocket, sampleOf, tryOf } from "./fresh-socket.ts";
import type { PublicSocket } from "./hairpin-test.ts";
import type { PortSample } from "./port-sample.ts";
import type { Questions } from "./questions.ts";

export type FilterTest = { readonly changeBoth?: boolean; readonly changePort?: boolean };

type Effects = {
  openSocket(): SocketId | undefined;
  closeSocket(socket: SocketId): void;
};

export class FreshSockets {
  readonly #questions: Questions;
  readonly #effects: Effects;
  readonly #sockets: FreshSocket[] = [];

  constructor(questions: Questions, effects: Effects) {
    this.#questions = questions;
    this.#effects = effects;
  }

  open(server: Endpoint, now: number, { changeBoth = false, changePort = false }: FilterTest): void {
    const id = this.#questions.isSpent ? undefined : this.#effects.openSocket();
    if (id === undefined) return;
    const both = changeBoth ? this.#questions.ask(id, server, now, { address: true, port: true }) : undefined;
    const port = changePort ? this.#questions.ask(id, server, now, { address: false, port: true }) : undefined;
    // Last: once this answer is read, those from elsewhere would have been, however late the server or we ourselves are.
    const plain = this.#questions.ask(id, server, now);
    this.#sockets.push({
      id,
      order: this.#sockets.length,
      localPort: undefined,
      plain,
      changeBoth: both,
      changePort: port,
    });
  }

  onOpened(id: SocketId, port: number): void {
    const socket = this.#sockets.find((each) => each.id === id);
    if (socket !== undefined) socket.localPort = port;
  }

  closeAll(): void {
    for (const { id } of this.#sockets) this.#effects.closeSocket(id);
  }

  samples(): readonly PortSample[] {
    return this.#sockets.flatMap((socket) => sampleOf(socket) ?? []);
  }

  filterTries(): readonly FilterTry[] {
    return this.#sockets.filter(({ changeBoth, changePort }) => (changeBoth ?? changePort) !== undefined).map(tryOf);
  }

  /** What has been silent so far, and is worth another try. */
  openFilterTests(): Required<FilterTest> {
    const tries = this.#sockets.map(tryOf);
    const isOpen = (kind: "fromOtherAddressAndPort" | "fromOtherPort"): boolean =>
      tries.some((each) => each[kind] === "silent") &&
      tries.every((each) => each[kind] === "silent" || each[kind] === "not-asked");
    const changeBoth = isOpen("fromOtherAddressAndPort");
    // Whoever gets in from another address gets in from another port: it need not be asked.
    const isLetIn = tries.some((each) => each.fromOtherAddressAndPort === "arrived");
    return { changeBoth, changePort: !isLetIn && isOpen("fromOtherPort") };
  }

  /** Those of which a public endpoint was seen that they can send to: NAT64 shows one of the other family. */
  withEndpoint(): readonly PublicSocket[] {
    return this.#sockets.flatMap(({ id, plain }) => {
      if (plain?.answer === undefined) return [];
      const { mapped } = plain.answer;
      return addressFamily(mapped.address) === addressFamily(plain.server.address) ? [{ id, mapped }] : [];
    });
  }

  /** One whose answer from elsewhere was held back. */
  heldBack(): PublicSocket | undefined {
    const socket = this.#sockets.find(
      ({ plain, changeBoth }) =>
        plain?.answer !== undefined && changeBoth?.answer === undefined && changeBoth?.isRefused === false,
    );
    return socket?.plain?.answer && { id: socket.id, mapped: socket.plain.answer.mapped };
  }

  awaitedUntil({ changed }: { readonly changed: boolean }): number {
    const questions = this.#sockets.flatMap(({ plain, changeBoth, changePort }) =>
      changed ? [plain, changeBoth, changePort] : [plain],
    );
    return this.#questions.awaitedUntil(questions.filter((question) => question !== undefined));
  }
}
