/** Reads the colours of tokens.css and computes WCAG contrast from them. */

export type Oklch = readonly [lightness: number, chroma: number, hue: number];
export type ThemeColours = ReadonlyMap<string, { readonly light: Oklch; readonly dark: Oklch }>;

const TOKEN = /--([a-z-]+):\s*light-dark\(\s*oklch\(([^)]*)\),\s*oklch\(([^)]*)\)\s*\)/g;

export function parseTokens(css: string): ThemeColours {
  const colours = new Map<string, { light: Oklch; dark: Oklch }>();
  for (const [, name = "", light = "", dark = ""] of css.matchAll(TOKEN)) {
    colours.set(name, { light: parseOklch(light), dark: parseOklch(dark) });
  }
  return colours;
}

function parseOklch(text: string): Oklch {
  const [lightness = Number.NaN, chroma = Number.NaN, hue = Number.NaN] =
    text.split("/")[0]?.trim().split(/\s+/).map(Number) ?? [];
  return [lightness, chroma, hue];
}

/** WCAG 2.2 contrast ratio, 1 to 21. */
export function contrast(a: Oklch, b: Oklch): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: Oklch): number {
  const [red, green, blue] = toLinearSrgb(colour).map((channel) => Math.min(1, Math.max(0, channel)));
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
}

/** Oklab's inverse, with the matrices of CSS Color 4. */
export function toLinearSrgb([lightness, chroma, hue]: Oklch): readonly [number, number, number] {
  const angle = (hue * Math.PI) / 180;
  const a = chroma * Math.cos(angle);
  const b = chroma * Math.sin(angle);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}
