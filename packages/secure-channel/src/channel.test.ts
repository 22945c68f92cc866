import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import type { WebSocket } from "ws";
import { MAX_PLAINTEXT_BYTES } from "./cipher-channel.ts";
import type { ChannelFailure } from "./failure.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { NoiseInitiator, NoiseResponder } from "./noise-nx.ts";
import type { SecureWebSocket } from "./secure-web-socket.ts";
import {
  connectRaw,
  connectSecurely,
  type Listening,
  listen,
  listenInTheMiddle,
  listenSecurely,
  SERVER_KEYS,
} from "./testing.ts";
import { keyPairOf } from "./x25519.ts";

const SECRET = "the netmap of team Acme";

const open: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

describe("two ends", () => {
  test("agree on the session, and the client learns the whole key from the fingerprint", async () => {
    const hashes: Uint8Array[] = [];
    const server = keep(await listenSecurely(({ handshakeHash }) => hashes.push(handshakeHash)));
    const sessions: unknown[] = [];
    const client = connectSecurely(
      server.url,
      { fingerprint: fingerprintOf(SERVER_KEYS.publicKey) },
      { onSession: (session) => sessions.push({ ...session, stateThen: client.readyState }) },
    );
    keep(client);
    expect([client.readyState, client.handshakeHash, client.serverKey]).toEqual([0, undefined, undefined]);
    await event(client, "open");
    expect(client).toMatchObject({ readyState: 1, serverKey: SERVER_KEYS.publicKey, handshakeHash: hashes[0] });
    expect(sessions).toEqual([{ serverKey: SERVER_KEYS.publicKey, handshakeHash: hashes[0], stateThen: 1 }]);
  });

  test("exchange texts, the longest in several frames, in order", async () => {
    const server = keep(await echo());
    const client = keep(connectSecurely(server.url));
    await event(client, "open");
    const texts = ["", "PING", "x".repeat(200_000), "ünï🙂"];
    const heard: string[] = [];
    client.addEventListener("message", ({ data }: any) => heard.push(data));
    for (const text of texts) client.send(text);
    await expect.poll(() => heard.length).toBe(texts.length);
    expect(heard.every((text, index) => text === texts[index])).toBe(true);
  });

  test("close in the usual way, with a code", async () => {
    const closed: number[] = [];
    const server = keep(await listenSecurely((socket) => socket.on("close", (code) => closed.push(code))));
    const client = connectSecurely(server.url);
    await event(client, "open");
    client.close(3000, "done");
    expect(client.readyState).toBe(2);
    expect(await event(client, "close")).toMatchObject({ code: 3000 });
    expect([client.readyState, client.failure]).toEqual([3, undefined]);
    await expect.poll(() => closed).toEqual([3000]);
  });

  test("do not wait long for a peer that does not answer the close", async () => {
    // It has stopped reading: its close frame never comes.
    const server = keep(
      await listen((raw) => {
        const responder = new NoiseResponder(SERVER_KEYS);
        raw.on("message", (data: Buffer) => {
          const responded = responder.onMessage(data);
          if (responded.ok) raw.send(responded.value.reply);
          raw.pause();
        });
      }),
    );
    const client = connectSecurely(server.url);
    await event(client, "open");
    client.close();
    expect(await event(client, "close")).toMatchObject({ wasClean: false });
  });

  test("refuse to send before open, and drop what is sent after close", async () => {
    const server = keep(await echo());
    const client = connectSecurely(server.url);
    expect(() => client.send("early")).toThrow("not open");
    await event(client, "open");
    client.close();
    client.send("late");
    await event(client, "close");
  });
});

describe("a man in the middle", () => {
  test("with a key of his own is named as that, and is told nothing", async () => {
    const innerMessages: string[] = [];
    const server = keep(
      await listenSecurely((socket) => socket.on("message", (data) => innerMessages.push(data.toString()))),
    );
    const own = keyPairOf(randomBytes(32));
    const heard: Buffer[] = [];
    // He completes both handshakes, and would pass on what he reads.
    const middle = keep(
      await listen((victim) => {
        const responder = new NoiseResponder(own);
        victim.on("message", (data: Buffer) => {
          const responded = responder.onMessage(data);
          if (responded.ok) victim.send(responded.value.reply);
          else heard.push(data);
        });
        keep(connectSecurely(server.url));
      }),
    );
    for (const expected of [
      { publicKey: SERVER_KEYS.publicKey },
      { fingerprint: fingerprintOf(SERVER_KEYS.publicKey) },
    ]) {
      const failures: ChannelFailure[] = [];
      const client = connectSecurely(middle.url, expected, { onFailure: (failure) => failures.push(failure) });
      client.addEventListener("open", () => client.send(SECRET));
      const [error, close] = await Promise.all([event(client, "error"), event(client, "close")]);
      expect(error).toMatchObject({ message: "wrong-server-key" });
      expect(close).toMatchObject({ code: 4001, reason: "wrong-server-key" });
      expect([client.failure, failures, client.handshakeHash]).toEqual([
        "wrong-server-key",
        ["wrong-server-key"],
        undefined,
      ]);
    }
    expect([heard, innerMessages]).toEqual([[], []]);
  });

  test("who passes everything on sees no plaintext; over a plain WebSocket the same man sees it all", async () => {
    const server = keep(await echo());
    const middle = keep(await listenInTheMiddle(server.url));
    const client = keep(connectSecurely(middle.url));
    await event(client, "open");
    client.send(SECRET);
    expect(await event(client, "message")).toMatchObject({ data: SECRET });
    expect(middle.seen.length).toBe(4);
    expect(Buffer.concat(middle.seen).includes(SECRET)).toBe(false);
    expect(Buffer.concat(middle.seen).includes(Buffer.from(SERVER_KEYS.publicKey))).toBe(false);

    const plainServer = keep(
      await listen((socket) => socket.on("message", (data: Buffer) => socket.send(data.toString()))),
    );
    const plainMiddle = keep(await listenInTheMiddle(plainServer.url));
    const plainClient = connectRaw(plainMiddle.url);
    await once(plainClient, "open");
    plainClient.send(SECRET);
    await once(plainClient, "message");
    expect(Buffer.concat(plainMiddle.seen).includes(SECRET)).toBe(true);
  });

  test.each([
    ["up", "changes", (data: Buffer) => Buffer.from(data.map((byte, index) => (index === 5 ? byte ^ 1 : byte)))],
    ["down", "changes", (data: Buffer) => Buffer.from(data.map((byte, index) => (index === 5 ? byte ^ 1 : byte)))],
    ["up", "cuts short", (data: Buffer) => data.subarray(0, -1)],
    ["down", "cuts short", (data: Buffer) => data.subarray(0, -1)],
  ] as const)(
    "who, on the way %s, %s a message ends the session, and neither side takes it",
    async (direction, _, touch) => {
      const heard: string[] = [];
      const server = keep(
        await listenSecurely((socket) => {
          socket.on("message", (data) => heard.push(data.toString()));
          socket.on("message", (data) => socket.send(data.toString()));
        }),
      );
      let messages = 0;
      const middle = keep(
        await listenInTheMiddle(server.url, (data, way) =>
          way === direction && ++messages === 2 ? touch(data) : data,
        ),
      );
      const client = connectSecurely(middle.url);
      await event(client, "open");
      client.addEventListener("message", () => heard.push("the client"));
      client.send(SECRET);
      await event(client, "close");
      expect(heard).toEqual(direction === "up" ? [] : [SECRET]);
      expect([client.failure, ...server.failures]).toEqual(
        direction === "up" ? [undefined, "bad-message"] : ["bad-message"],
      );
    },
  );

  test("who repeats a message ends the session at the second copy", async () => {
    const heard: string[] = [];
    const server = keep(await listenSecurely((socket) => socket.on("message", (data) => heard.push(data.toString()))));
    const middle = keep(
      await listen((victim) => {
        const upstream = connectRaw(server.url);
        const ready = once(upstream, "open");
        upstream.on("message", (data: Buffer) => victim.send(data));
        upstream.on("close", () => victim.terminate());
        let messages = 0;
        victim.on("message", (data: Buffer) => {
          const copies = ++messages === 2 ? 2 : 1;
          void ready.then(() => Array.from({ length: copies }, () => upstream.send(data)));
        });
      }),
    );
    const client = connectSecurely(middle.url);
    await event(client, "open");
    client.send("pay 10");
    await event(client, "close");
    expect([heard, server.failures]).toEqual([["pay 10"], ["bad-message"]]);
  });

  // A close frame travels in clear.
  test("cannot make a cut connection look like a judgement of the channel", async () => {
    const middle = keep(await listen((victim) => victim.close(4001, "wrong-server-key")));
    const client = connectSecurely(middle.url);
    expect(await event(client, "close")).toMatchObject({ code: 1006 });
    expect(client.failure).toBeUndefined();
  });
});

describe("the client gives up", () => {
  test("when nobody listens: an error and a close, and no failure of the channel", async () => {
    const gone = await listen(() => {});
    await gone.close();
    const client = connectSecurely(gone.url);
    const [error, close] = await Promise.all([event(client, "error"), event(client, "close")]);
    expect(error).toMatchObject({ message: expect.stringContaining("ECONNREFUSED") });
    expect([(close as any).code, client.failure]).toEqual([1006, undefined]);
  });

  test.each([
    ["text", (socket: WebSocket) => socket.send("hello"), "bad-handshake"],
    ["noise", (socket: WebSocket) => socket.send(randomBytes(96)), "bad-handshake"],
    ["silence", () => {}, "handshake-timeout"],
  ] as const)("when the server's answer is %s", async (_, answer, failure) => {
    const server = keep(await listen((socket) => answer(socket)));
    const client = connectSecurely(server.url, undefined, { openTimeoutMs: 200 });
    const [error] = await Promise.all([event(client, "error"), event(client, "close")]);
    expect([(error as any).message, client.failure]).toEqual([failure, failure]);
  });

  test("when a message is longer than it takes", async () => {
    const server = keep(await listenSecurely((socket) => socket.send("x".repeat(2_000))));
    const client = connectSecurely(server.url, undefined, { maxMessageBytes: 1_999 });
    expect(await event(client, "close")).toMatchObject({ code: 4005, reason: "too-large" });
  });
});

describe("the server drops", () => {
  test.each([
    ["text in place of a handshake", (socket: WebSocket) => socket.send("GET /"), "bad-handshake"],
    ["a handshake of another length", (socket: WebSocket) => socket.send(randomBytes(33)), "bad-handshake"],
    ["a key of small order", (socket: WebSocket) => socket.send(new Uint8Array(32)), "bad-handshake"],
    ["silence", () => {}, "handshake-timeout"],
    [
      "noise after the handshake",
      (socket: WebSocket) => [32, 50].forEach((n) => socket.send(randomBytes(n))),
      "bad-message",
    ],
  ] as const)("%s", async (_, act, failure) => {
    const heard: string[] = [];
    const server = keep(
      await listenSecurely((socket) => socket.on("message", (data) => heard.push(data.toString())), {
        handshakeTimeoutMs: 200,
      }),
    );
    const hostile = connectRaw(server.url);
    hostile.on("error", () => {});
    await once(hostile, "open");
    act(hostile);
    await once(hostile, "close");
    expect([server.failures, heard]).toEqual([[failure], []]);
  });

  test.each([
    ["a text longer than 256 KiB", new Uint8Array(MAX_PLAINTEXT_BYTES).fill(1), "too-large"],
    ["a flag that does not exist", Uint8Array.of(7), "bad-message"],
  ])("a session that sends %s", async (_, plaintext, failure) => {
    const heard: string[] = [];
    const server = keep(await listenSecurely((socket) => socket.on("message", (data) => heard.push(data.toString()))));
    const hostile = connectRaw(server.url);
    hostile.on("error", () => {});
    await once(hostile, "open");
    const initiator = new NoiseInitiator({ expected: { publicKey: SERVER_KEYS.publicKey } });
    hostile.send(initiator.start());
    const [reply] = await once(hostile, "message");
    const established = initiator.onMessage(reply);
    if (!established.ok) throw new Error(established.error);
    const closed = once(hostile, "close");
    for (let count = 0; count < 5; count++) hostile.send(established.value.channel.seal(plaintext));
    await closed;
    expect([server.failures, heard]).toEqual([[failure], []]);
  });

  test("a stranger's text that is longer than a stranger's may be, and takes it of whom it has come to know", async () => {
    const heard: number[] = [];
    const server = keep(
      await listenSecurely(
        (socket) => {
          socket.on("message", (data) => {
            heard.push(data.length);
            if (data.toString() === "it is me") socket.setLimits();
          });
        },
        { limits: { messageBytes: 1_000, unsentBytes: 1_000 } },
      ),
    );
    const known = keep(connectSecurely(server.url));
    await event(known, "open");
    known.send("it is me");
    known.send("x".repeat(100_000));
    await expect.poll(() => heard).toEqual([8, 100_000]);
    const stranger = connectSecurely(server.url);
    await event(stranger, "open");
    stranger.send("x".repeat(1_001));
    await event(stranger, "close");
    expect([server.failures, heard]).toEqual([["too-large"], [8, 100_000]]);
  });

  test("who asks and never reads the answers, before they are many", async () => {
    const unsent: number[] = [];
    const isOver: boolean[] = [];
    const server = keep(
      await listenSecurely(
        (socket) => {
          socket.on("message", () => {
            socket.send("x".repeat(50_000));
            unsent.push(socket.bufferedAmount);
          });
          socket.on("close", () => isOver.push(true));
        },
        { limits: { messageBytes: 1_000, unsentBytes: 100_000 } },
      ),
    );
    let raw: WebSocket | undefined;
    const deaf = connectSecurely(server.url, undefined, { connect: (url) => (raw = connectRaw(url)) });
    await event(deaf, "open");
    raw?.pause();
    for (let asked = 0; asked < 1_000 && isOver.length === 0; asked++) {
      deaf.send("more");
      if (asked % 50 === 0) await new Promise(setImmediate);
    }
    await expect.poll(() => isOver).toEqual([true]);
    expect(Math.max(...unsent)).toBeLessThan(200_000);
    raw?.terminate();
  });

  test("silent strangers, and not the session that was open before they came", async () => {
    const server = keep(await echo({ handshakeTimeoutMs: 100 }));
    const client = keep(connectSecurely(server.url));
    await event(client, "open");
    const silent = connectRaw(server.url);
    await once(silent, "close");
    client.send("still here");
    expect(await event(client, "message")).toMatchObject({ data: "still here" });
    expect(server.failures).toEqual(["handshake-timeout"]);
  });
});

function keep<T extends { close(): Promise<void> | void }>(each: T): T {
  open.push(each);
  return each;
}

function echo(options?: Parameters<typeof listenSecurely>[1]): Promise<Listening & { failures: ChannelFailure[] }> {
  return listenSecurely((socket) => socket.on("message", (data) => socket.send(data.toString("utf8"))), options);
}

function event(target: SecureWebSocket, name: string): Promise<Event> {
  return new Promise((resolve) => target.addEventListener(name, resolve, { once: true }));
}
