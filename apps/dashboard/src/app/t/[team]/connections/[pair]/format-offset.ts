/** Milliseconds after the common start, with a sign, because plans arrive before it. */
export function formatOffset(ms: number): string {
  const text = Math.abs(ms) < 100 ? ms.toFixed(1) : ms.toFixed(0);
  return `${ms > 0 ? "+" : ""}${text.replace("-", "−")} ms`;
}
