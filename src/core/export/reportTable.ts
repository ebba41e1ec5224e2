import { plural } from '../foundation/text'

/** Rows that a table has at most, so that a long event still fits on two pages; files have all of them. */
const MOST_ROWS = 5

/**
 * A table of the report, cut where it is too long.
 *
 * @param rows cells of HTML
 * @param what a row stands for, where there are more than fit
 */
export function table(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  what: string,
  kind = 'plain',
): string {
  const more = rows.length - MOST_ROWS
  const note = more > 0 ? `<p class="small">And ${plural(more, `more ${what}`)} in the bundle.</p>` : ''
  return tableOf(heads, rows.slice(0, MOST_ROWS), kind) + note
}

/** @param rows cells of HTML */
export function tableOf(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  kind: string,
): string {
  const head =
    heads.length > 0
      ? `<thead><tr>${heads.map(text => `<th scope="col">${text}</th>`).join('')}</tr></thead>`
      : ''
  const body = rows.map(cells => `<tr>${cells.map(cell => `<td>${cell}</td>`).join('')}</tr>`)
  return `<table class="${kind}">${head}<tbody>${body.join('')}</tbody></table>`
}
