/** A changed row, and the team's revision that tells of it; null when nothing had to change. */
export type Changed<Row> = { readonly row: Row; readonly revision: number | null };
