import type { AuditFigure } from '../review/pointAudit'
import { figure, escapeHtml as html, sizeText } from './reportFigures'

const MOST_LISTED = 4

/** The first of many names. */
export function listed(names: readonly string[]): string {
  const more = names.length - MOST_LISTED
  return `${names.slice(0, MOST_LISTED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** "4 July 2020, 09:50 UTC"; what is no date stays as it is. */
export function dateText(iso: string): string {
  const match = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d:\d\d))?/.exec(iso)
  const month = MONTHS[Number(match?.[2]) - 1]
  if (!match || !month) return html(iso)
  return `${Number(match[3])} ${month} ${match[1]}${match[4] ? `, ${match[4]} UTC` : ''}`
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

/** "41.2 ha", "3.1 km²". */
export function areaText(area: number): string {
  return area >= 1e7 ? `${figure(area / 1e6)} km²` : sizeText(area, 'm²')
}

const NO_INTERVAL = 'interval not known'

/** "41.2 ± 3.1 ha", the area in square metres with half the width of its interval. */
export function areaInterval({ value, halfWidth }: AuditFigure): string {
  const [unit, name] = value >= 1e7 ? [1e6, 'km²'] : value >= 1e4 ? [1e4, 'ha'] : [1, 'm²']
  const text = figure(value / unit)
  return halfWidth === null
    ? `${text} ${name} (${NO_INTERVAL})`
    : `${text} ± ${figure(halfWidth / unit)} ${name}`
}

/** "88.0 ± 7.4 %" */
export function shareInterval({ value, halfWidth }: AuditFigure): string {
  const digits = value < 0.1 ? 2 : 1
  const text = (value * 100).toFixed(digits)
  return halfWidth === null
    ? `${text} % (${NO_INTERVAL})`
    : `${text} ± ${(halfWidth * 100).toFixed(digits)} %`
}

/** "3.1 MB" */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 1e6 ? `${figure(bytes / 1e3)} kB` : `${figure(bytes / 1e6)} MB`
}
