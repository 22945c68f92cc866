/** A mail's words, as plain text and as the least HTML that shows a button. Names in it were chosen by strangers. */

export type MailContent = {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  readonly button: string;
  readonly url: string;
  /** Why somebody gets this, and what happens if they do nothing. */
  readonly footer: string;
};

export type MailText = { readonly subject: string; readonly text: string; readonly html: string };

export function renderMail({ subject, paragraphs, button, url, footer }: MailContent): MailText {
  const lines = paragraphs.map(oneLine);
  return {
    subject: oneLine(subject),
    text: [...lines, url, `-- \n${oneLine(footer)}`, ""].join("\n\n"),
    html: `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(oneLine(subject))}</title></head>
<body style="margin:0;padding:24px;font:15px/1.5 system-ui,sans-serif;color:#1c2326;background:#ffffff">
<div style="max-width:480px">
${lines.map((line) => `<p>${escapeHtml(line)}</p>`).join("\n")}
<p style="margin:24px 0"><a href="${escapeHtml(url)}" style="display:inline-block;padding:10px 16px;border-radius:8px;background:#0b5f61;color:#ffffff;text-decoration:none">${escapeHtml(button)}</a></p>
<p style="word-break:break-all">${escapeHtml(url)}</p>
<p style="color:#5b676c;font-size:13px">${escapeHtml(oneLine(footer))}</p>
</div>
</body></html>
`,
  };
}

/** A line break would begin another header, or a paragraph in our name; what cannot be seen would hide in one. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? "");
}
