import type { PacedProgress } from '../../core/foundation/job'
import { plural } from '../../core/foundation/text'
import {
  AUDIT_STRATA,
  allocatePoints,
  CONJECTURED_RIGHT,
  type StratumPixels,
  Z_95,
} from '../../core/review/auditDesign'
import type { PointAuditRecord } from '../../core/review/pointAudit'
import { recordAudit } from '../review/audit'
import { storeUnfrozenMasks } from '../review/masks'
import { closeDialog } from '../shell/actions'
import type { Studio } from '../studio'
import { enterAudit } from './actions'
import { putAudit } from './answers'
import { countedStrata } from './selectors'
import { accuracyPreferences, type CountedMap } from './slice'

/** What to count: the patches whose masks are audited, and from which disagreement on a pixel is in the third stratum. */
export interface CountChoice {
  patchIds: string[]
  /** null: no stratum of disagreement. */
  disagreementFrom: number | null
}

/**
 * Counts the pixels of each stratum, which a sample is planned from.
 *
 * @throws AppError `aborted` and what reading the masks may throw
 */
export async function countMap(
  studio: Studio,
  { patchIds, disagreementFrom }: CountChoice,
  options: { signal: AbortSignal; onProgress: (progress: PacedProgress) => void },
): Promise<void> {
  studio.store.change({ accuracy: { counted: null } })
  await storeUnfrozenMasks(studio)
  const { threshold } = studio.store.getState().review
  const found = await studio.files.call('countAudited', { patchIds, threshold, disagreementFrom }, options)
  if (options.signal.aborted) return
  studio.store.change({ accuracy: { counted: { ...found, threshold, disagreementFrom } } })
}

/**
 * Half the width of the 95 % interval of overall accuracy that a sample of this size is expected to give: the inverse of
 * `sampleSize` (Olofsson et al. 2014, eq. 13), by the same guesses of what the map has right.
 */
export function expectedPrecision(pixels: StratumPixels, size: number): number {
  const total = AUDIT_STRATA.reduce((sum, stratum) => sum + pixels[stratum], 0)
  let [deviation, variance] = [0, 0]
  for (const stratum of AUDIT_STRATA) {
    const weight = pixels[stratum] / total
    const spread = CONJECTURED_RIGHT[stratum] * (1 - CONJECTURED_RIGHT[stratum])
    deviation += weight * Math.sqrt(spread)
    variance += weight * spread
  }
  return Z_95 * Math.sqrt(Math.max(0, deviation ** 2 / size - variance / total))
}

export interface NewAudit {
  name: string
  /** Points wanted of all strata together. */
  size: number
  precision: number
  seed: number
}

/** Draws the points of a new audit from what was counted, keeps it, and puts its first point on the stage. */
export async function beginPointAudit(studio: Studio, choice: NewAudit): Promise<void> {
  const { counted } = studio.store.getState().accuracy
  if (!counted) return
  closeDialog(studio)
  const audit = await studio.jobs.run(
    'audit',
    async options => {
      const { threshold, disagreementFrom } = counted
      const sizes = allocatePoints(countedStrata(counted), choice.size)
      const { points } = await studio.files.call(
        'drawAudited',
        { patches: [...counted.patches], sizes, seed: choice.seed, threshold, disagreementFrom },
        options,
      )
      return auditOf(studio, choice, counted, points)
    },
    { again: () => beginPointAudit(studio, choice), work: null },
  )
  if (!audit) return
  studio.store.change({
    accuracy: accuracyPreferences.sound({
      precision: audit.precision,
      ...(audit.disagreementFrom !== null && { disagreementFrom: audit.disagreementFrom }),
    }),
  })
  putAudit(studio, audit)
  const strata = audit.strata.map(({ stratum, pixels }) => `${stratum} ${pixels} px`).join(', ')
  recordAudit(studio, {
    kind: 'point-audit',
    detail: `${audit.name}: ${plural(audit.points.length, 'point')} drawn, seed ${audit.seed}, from ${strata}`,
  })
  enterAudit(studio, audit.id)
}

function auditOf(
  studio: Studio,
  { name, precision, seed }: NewAudit,
  counted: CountedMap,
  points: PointAuditRecord['points'],
): PointAuditRecord {
  const { patches, disagreementFrom } = counted
  const area = (pixelsOf: (patch: CountedMap['patches'][number]) => number) =>
    patches.reduce<number | null>((sum, patch) => {
      return sum === null || patch.pixelArea === null ? null : sum + pixelsOf(patch) * patch.pixelArea
    }, 0)
  const pixels = countedStrata(counted)
  return {
    id: studio.newId(),
    at: studio.now().toISOString(),
    name,
    reviewer: studio.store.getState().review.reviewer || null,
    seed,
    precision,
    disagreementFrom,
    strata: AUDIT_STRATA.filter(stratum => pixels[stratum] > 0).map(stratum => ({
      stratum,
      pixels: pixels[stratum],
      area: area(({ strata }) => strata[stratum]),
    })),
    mapped: {
      pixels: patches.reduce((sum, { landslides }) => sum + landslides, 0),
      area: area(({ landslides }) => landslides),
    },
    points,
    answers: {},
  }
}
