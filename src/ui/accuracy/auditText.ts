import { plural } from '../../core/foundation/text'
import type {
  Accuracy,
  AuditAnswer,
  AuditFigure,
  AuditStratum,
  PointAuditRecord,
} from '../../core/review/pointAudit'
import { formatTime } from '../format'

export const ANSWER_TITLES: Readonly<Record<AuditAnswer, string>> = {
  landslide: 'Landslide',
  'not-landslide': 'Not landslide',
  'cannot-tell': 'Cannot tell',
}

export const STRATUM_TITLES: Readonly<Record<AuditStratum, string>> = {
  landslide: 'Mapped as landslide',
  'not-landslide': 'Mapped as not landslide',
  disagreement: 'Networks disagree',
}

/** Where too few points stand behind it. */
const NO_FIGURE = '–'

/** "94.7 % ± 1.8 %"; without the second part while nothing tells how wide the interval is. */
export function percentText(figure: AuditFigure | null): string {
  if (!figure) return NO_FIGURE
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`
  const { value, halfWidth } = figure
  return halfWidth === null ? percent(value) : `${percent(value)} ± ${percent(halfWidth)}`
}

const UNITS = [
  { title: 'm²', metres: 1, from: 0 },
  { title: 'ha', metres: 10_000, from: 100_000 },
  { title: 'km²', metres: 1_000_000, from: 100_000_000 },
] as const

/**
 * "21,158 ± 6,158 ha", of square metres in the unit that suits both.
 *
 * @param beside another area that it is compared with, so that both come in one unit
 */
export function areaText({ value, halfWidth }: AuditFigure, beside = 0): string {
  const size = Math.max(value, halfWidth ?? 0, beside)
  const unit = UNITS.findLast(({ from }) => size >= from) ?? UNITS[0]
  const digits = unit.metres > 1 && size / unit.metres < 100 ? 1 : 0
  const text = (metres: number) =>
    (metres / unit.metres).toLocaleString('en', {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    })
  const interval = halfWidth === null ? '' : ` ± ${text(halfWidth)}`
  return `${text(value)}${interval} ${unit.title}`
}

/** The area of landslides: in metres where pixels have a size, else in pixels. */
export function landslideArea(audit: PointAuditRecord, { area, share }: Accuracy): string {
  if (area) return areaText(area)
  if (!share) return NO_FIGURE
  const pixels = audit.strata.reduce((sum, stratum) => sum + stratum.pixels, 0)
  const count = (part: number) => Math.round(part * pixels).toLocaleString('en')
  return share.halfWidth === null
    ? `${count(share.value)} px`
    : `${count(share.value)} ± ${count(share.halfWidth)} px`
}

/** What the map had of landslides when the points were drawn; null: not on record. */
export function mappedText({ mapped }: PointAuditRecord, { area }: Accuracy): string | null {
  if (!mapped) return null
  if (mapped.area === null) return `${mapped.pixels.toLocaleString('en')} px`
  return areaText({ value: mapped.area, halfWidth: null }, area?.value)
}

/** "12 of 40 answered". */
export function progressText({ points, answers }: PointAuditRecord): string {
  return `${Object.keys(answers).length} of ${points.length} answered`
}

/** The whole of an audit as plain text, for a report or a message. */
export function auditAsText(
  audit: PointAuditRecord,
  accuracy: Accuracy,
  matrix: readonly { map: 0 | 1; landslide: number; notLandslide: number; cannotTell: number }[],
): string {
  const { name, reviewer, at, seed, strata, points } = audit
  const mapped = mappedText(audit, accuracy)
  return [
    `${name}: accuracy of a landslide map by ${plural(points.length, 'random point')}`,
    `${reviewer ? `Reviewer ${reviewer}, ` : ''}drawn ${formatTime(at)}, seed ${seed}`,
    `${accuracy.counted} counted, ${accuracy.cannotTell} cannot tell, ${accuracy.left} left`,
    '',
    'Each figure with its 95 % interval:',
    `Overall accuracy: ${percentText(accuracy.overall)}`,
    `User’s accuracy of landslides: ${percentText(accuracy.users)}`,
    `Producer’s accuracy of landslides: ${percentText(accuracy.producers)}`,
    `Area of landslides: ${landslideArea(audit, accuracy)} (${percentText(accuracy.share)} of what was audited)`,
    ...(mapped ? [`The map when the points were drawn: ${mapped}`] : []),
    '',
    'Points: map, then reviewer said landslide / not landslide / cannot tell',
    ...matrix.map(
      row =>
        `${row.map === 1 ? 'landslide' : 'not landslide'}: ${row.landslide} / ${row.notLandslide} / ${row.cannotTell}`,
    ),
    '',
    'Strata as drawn: pixels, points',
    ...strata.map(({ stratum, pixels }) => {
      const drawn = points.filter(point => point.stratum === stratum).length
      return `${STRATUM_TITLES[stratum]}: ${pixels.toLocaleString('en')}, ${drawn}`
    }),
    '',
    'Stratified estimators of Stehman (2014) and Olofsson et al. (2014).',
    '',
  ].join('\n')
}
