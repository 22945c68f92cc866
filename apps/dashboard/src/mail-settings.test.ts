import { describe, expect, test } from "vitest";
import { parseMailSettings } from "./mail-settings.ts";

const publicUrl = "https://pinhole.example";

function parse(smtpUrl: string | undefined, from: string | undefined = "pinhole@example.net") {
  const problems: string[] = [];
  return { settings: parseMailSettings({ smtpUrl, from, publicUrl }, problems), problems };
}

describe("the mail settings", () => {
  test("are a server, a sign-in and a sender", () => {
    expect(
      parse("smtp://ana%40example.net:p%40ss%2Fword@mail.example.net:2525", "Harbour <pinhole@example.net>"),
    ).toEqual({
      problems: [],
      settings: {
        host: "mail.example.net",
        port: 2525,
        isSecure: false,
        credentials: { user: "ana@example.net", password: "p@ss/word" },
        from: { name: "Harbour", address: "pinhole@example.net" },
      },
    });
  });

  test.each([
    ["smtp://mail.example.net", { host: "mail.example.net", port: 587, isSecure: false }],
    ["smtps://mail.example.net/", { host: "mail.example.net", port: 465, isSecure: true }],
    ["smtp://[::1]:25", { host: "::1", port: 25 }],
  ])("of %s have defaults", (url, expected) => {
    expect(parse(url)).toMatchObject({ problems: [], settings: { ...expected, credentials: undefined } });
  });

  test.each([
    "mail.example.net:587",
    "https://ana:s3cret@mail.example.net",
    "smtp://ana:s3cret@",
    "smtp://ana@mail.example.net",
    "smtp://ana:s3cret%@mail.example.net",
    "smtp://ana:s3cret@mail.example.net/box",
    "smtp://ana:s3cret@mail.example.net?tls=no",
  ])("are refused with %s, in words without the secret", (url) => {
    const { settings, problems } = parse(url);
    expect(settings).toBeUndefined();
    expect(problems).toEqual([expect.stringContaining("PINHOLE_SMTP_URL")]);
    expect(problems.join("")).not.toContain("s3cret");
  });

  test.each([
    "",
    "ana",
    "Ana <ana>",
    "Ana <a@example.net>, Eve <e@example.net>",
    "Ana\r\nBcc: e@example.net <a@example.net>",
  ])("are refused with mail from %j", (from) => {
    expect(parse("smtp://mail.example.net", from).problems).toEqual([expect.stringContaining("PINHOLE_MAIL_FROM")]);
  });

  test("want an address that links can lead to, and a server for the sender", () => {
    const problems: string[] = [];
    parseMailSettings({ smtpUrl: "smtp://mail.example.net", from: "a@example.net", publicUrl: undefined }, problems);
    parseMailSettings({ smtpUrl: undefined, from: "a@example.net", publicUrl }, problems);
    expect(problems).toEqual([expect.stringContaining("PINHOLE_URL"), expect.stringContaining("PINHOLE_SMTP_URL")]);
  });
});
