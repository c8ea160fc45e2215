// A list as CSV, for lists that the server exports only as pages: same filters, all pages up to a bound, exact masses.

export interface CsvColumn<T> { label: () => string; value: (row: T) => string | null | undefined }

/** Most rows that are written; a longer list should be narrowed. */
export const CSV_LIMIT = 10_000

function cell(text: string): string {
  // A cell that a spreadsheet would run as a formula becomes text; signed numbers stay numbers.
  const safe = /^[=+@\t\r]/.test(text) || (/^-/.test(text) && !/^-?\d+(\.\d+)?$/.test(text)) ? `'${text}` : text
  return /[",\n\r]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe
}

/** CSV with a byte-order mark, so that spreadsheets read Chinese. Long digit strings are kept as text. */
export function toCsv<T>(rows: T[], columns: CsvColumn<T>[]): string {
  const lines = [columns.map((column) => cell(column.label())), ...rows.map((row) => columns.map((column) => cell(column.value(row) ?? '')))]
  return `\ufeff${lines.map((line) => line.join(',')).join('\r\n')}\r\n`
}
