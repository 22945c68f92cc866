/** Copies `from` up to `to` of `source` to `at` of `into`: without a view of the source where both lie in one buffer. */
export function copyBytes(
  into: Uint8Array,
  at: number,
  { source, from, to }: { readonly source: Uint8Array; readonly from: number; readonly to: number },
): void {
  if (source.buffer !== into.buffer) return into.set(source.subarray(from, to), at);
  const shift = source.byteOffset - into.byteOffset;
  into.copyWithin(at, from + shift, to + shift);
}
