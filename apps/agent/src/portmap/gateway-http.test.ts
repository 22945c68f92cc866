import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from "node:net";
import { afterEach, expect, test } from "vitest";
import { askGateway } from "./gateway-http.ts";

const servers: (Server | TcpServer)[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

test("asks and answers", async () => {
  const port = await listen((request, response) => {
    const { method, url, headers } = request;
    response.end(JSON.stringify({ method, url, host: headers.host, from: request.socket.remoteAddress }));
  });
  const answer = await ask(port, "/desc.xml?x=1");
  expect(answer).toMatchObject({ status: 200 });
  expect(JSON.parse(answer!.body)).toEqual({ method: "GET", url: "/desc.xml?x=1", host: "gateway", from: "127.0.0.2" });
});

test("takes 64 KiB and no more, declared or not", async () => {
  const port = await listen((request, response) => response.end("x".repeat(Number(request.url!.slice(1)))));
  expect((await ask(port, "/65536"))?.body).toHaveLength(65_536);
  expect(await ask(port, "/65537")).toBeUndefined();
  const endless = await listen((_, response) => {
    const more = (): void => void (response.destroyed || response.write("x".repeat(16_384), more));
    more();
  });
  expect(await ask(endless, "/")).toBeUndefined();
});

test("follows no redirect", async () => {
  let asked = 0;
  const port = await listen((_, response) => {
    asked++;
    response.writeHead(302, { Location: "/elsewhere" }).end();
  });
  expect(await ask(port, "/")).toMatchObject({ status: 302 });
  expect(asked).toBe(1);
});

test.each([
  ["no HTTP", "220 welcome\r\n"],
  ["headers without end", `HTTP/1.1 200 OK\r\n${"X: y\r\n".repeat(10_000)}`],
  ["half an answer", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"],
  ["nothing", ""],
])("takes %s for none", async (_, text) => {
  const server = createTcpServer((socket) => {
    socket.on("error", () => undefined);
    socket.end(text);
  }).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  expect(await ask((server.address() as AddressInfo).port, "/")).toBeUndefined();
});

test("takes nobody there for none, and ends when it is told to", async () => {
  expect(await ask(1, "/")).toBeUndefined();
  const arrived = Promise.withResolvers<void>();
  const port = await listen(() => arrived.resolve());
  const stop = new AbortController();
  const answer = ask(port, "/", stop.signal);
  await arrived.promise;
  stop.abort();
  expect(await answer).toBeUndefined();
});

function ask(port: number, path: string, signal = new AbortController().signal) {
  const network = { gateway: "127.0.0.1", local: { address: "127.0.0.2", port: 1 }, onLink: [] };
  const to = { address: "127.0.0.1", port, path };
  return askGateway(
    { to, method: "GET", headers: { Host: "gateway" }, body: "" },
    { family: 4, interfaceName: "lo", network },
    signal,
  );
}

async function listen(handler: RequestListener): Promise<number> {
  const server = createServer(handler).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
