import { expect, test } from "vitest";
import { renderMail } from "./mail-text.ts";

const HOSTILE = `<script>alert("1")</script>&'\r\nBcc: eve@example.net\r\n\r\n\u202Eevil\u2028line`;

test("names are text in the HTML, and one line everywhere", () => {
  const { subject, text, html } = renderMail({
    subject: `Invite to ${HOSTILE}`,
    paragraphs: [`${HOSTILE} invites you`],
    button: "Look",
    url: "https://pinhole.example/invite/x?a=1&b=2",
    footer: HOSTILE,
  });
  expect(subject).toBe(`Invite to <script>alert("1")</script>&' Bcc: eve@example.net evil line`);
  expect(html).not.toContain("<script");
  expect(html).toContain("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39; Bcc: eve@example.net evil line");
  expect(html).toContain('href="https://pinhole.example/invite/x?a=1&amp;b=2"');
  expect(text.split("\n")).not.toContain("Bcc: eve@example.net");
  expect(text).toContain("\n\nhttps://pinhole.example/invite/x?a=1&b=2\n\n");
});
