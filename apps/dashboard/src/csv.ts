/** Comma-separated values (RFC 4180) that no spreadsheet takes for formulas. */
export type CsvCell = string | number | null | undefined;

export function toCsv(rows: readonly (readonly CsvCell[])[]): string {
  return rows.map((row) => row.map(cell).join(",")).join("\r\n");
}

/**
 * What a spreadsheet would compute is led by an apostrophe, which makes it text there; some take the wide forms for the
 * narrow ones. Where the list separator is a semicolon or a tab, quotes keep what follows one in its cell.
 */
function cell(value: CsvCell): string {
  if (typeof value === "number") return String(value);
  const text = /^\s*[=+\-@＝＋－＠\t\r\n]/.test(value ?? "") ? `'${value}` : (value ?? "");
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
