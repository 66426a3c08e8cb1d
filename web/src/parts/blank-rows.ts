/** Whether rows of a report say no more than that there was nothing. */
export function isBlank(rows: readonly (readonly (string | number | null)[])[]): boolean {
  return rows.every((row) => row.every((cell) => cell === null || cell === '' || cell === 0));
}
