/** One line of JSON, in which nothing moves the cursor of whoever reads the log on a terminal. */
export function logLine(fields: object): string {
  return JSON.stringify(fields).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}
