import { accuracyOf } from '../../core/review/auditAccuracy'
import { AUDIT_STRATA, noStratumPixels, type StratumPixels } from '../../core/review/auditDesign'
import type { Accuracy, AuditPoint, PointAuditRecord } from '../../core/review/pointAudit'
import type { PatchRecord } from '../../core/review/records'
import type { StudioState } from '../studioState'
import { type CountedMap, ESTIMATE_FROM } from './slice'

/**
 * Whether points are judged now: masks, probabilities, outlines and verdicts are hidden then, and no command shows or
 * changes them.
 */
export function isAuditing({ accuracy, session }: Pick<StudioState, 'accuracy' | 'session'>): boolean {
  const { openId, list } = accuracy
  if (openId === null) return false
  // The records are not read yet: what was open is not shown with its map meanwhile.
  return session.phase === 'opening' || list.some(({ id }) => id === openId)
}

export function auditById(
  { accuracy: { list } }: Pick<StudioState, 'accuracy'>,
  id: string | null,
): PointAuditRecord | null {
  return list.find(audit => audit.id === id) ?? null
}

/** The audit whose points are on the stage. */
export function openAudit(state: Pick<StudioState, 'accuracy'>): PointAuditRecord | null {
  return auditById(state, state.accuracy.openId)
}

export function currentPoint(state: Pick<StudioState, 'accuracy'>): AuditPoint | null {
  return openAudit(state)?.points[state.accuracy.point - 1] ?? null
}

/** The pixel to outline on the stage: of the point that is judged, or of one that is looked at with the map. */
export function markedPixel(
  state: Pick<StudioState, 'accuracy' | 'view'>,
): Pick<AuditPoint, 'patchId' | 'column' | 'row'> | null {
  const pixel = state.accuracy.openId === null ? (state.accuracy.marked?.point ?? null) : currentPoint(state)
  return pixel && pixel.patchId === state.view.selectedId ? pixel : null
}

export function answeredCount({ answers }: Pick<PointAuditRecord, 'answers'>): number {
  return Object.keys(answers).length
}

/**
 * The first point without an answer behind a number, from the first point again at the end; null: all are answered.
 *
 * @param isThere whether the patch of a point is still in the project
 */
export function nextUnanswered(
  { points, answers }: Pick<PointAuditRecord, 'points' | 'answers'>,
  behind: number,
  isThere: (patchId: string) => boolean = () => true,
): number | null {
  const order = [...points.slice(behind), ...points.slice(0, behind)]
  return order.find(({ number, patchId }) => !answers[number] && isThere(patchId))?.number ?? null
}

export const UNAUDITED_VERDICTS: ReadonlySet<string> = new Set(['rejected', 'unsure'])

/** Target patches that have a map: predicted, painted or judged; not those that were rejected, or left undecided. */
export function auditablePatches({
  patches,
  review,
}: Pick<StudioState, 'patches' | 'review'>): PatchRecord[] {
  const painted = new Set(
    review.history.flatMap(({ kind, undone, patchId }) => (kind === 'stroke' && !undone ? [patchId] : [])),
  )
  return patches.list.filter(({ id, hasLabel, predictedBy }) => {
    const verdict = review.verdicts[id]
    if (hasLabel || (verdict && UNAUDITED_VERDICTS.has(verdict.kind))) return false
    return verdict !== undefined || predictedBy !== undefined || painted.has(id)
  })
}

/** Whether more than one network mapped any of these patches: only then can they disagree. */
export function canDisagree(patches: readonly PatchRecord[]): boolean {
  return patches.some(({ predictedBy }) => (predictedBy?.length ?? 0) > 1)
}

/** Pixels of each stratum over all patches that were counted. */
export function countedStrata({ patches }: Pick<CountedMap, 'patches'>): StratumPixels {
  const sum = noStratumPixels()
  for (const { strata } of patches) for (const stratum of AUDIT_STRATA) sum[stratum] += strata[stratum]
  return sum
}

/** What an audit says of the map as it is now; null: what the map says at its points is still being read. */
export function accuracyNow(
  { accuracy: { mapped } }: Pick<StudioState, 'accuracy'>,
  audit: PointAuditRecord,
): Accuracy | null {
  if (mapped?.auditId !== audit.id) return null
  return accuracyOf(audit, {
    classAt: ({ number }) => mapped.classes[number - 1] ?? null,
    mappedArea: audit.mapped?.area ?? null,
  })
}

/** Whether the estimate is shown: from a stated number of points on, when all are answered, or when it was asked for. */
export function showsEstimate(state: Pick<StudioState, 'accuracy'>, audit: PointAuditRecord): boolean {
  const counted = Object.values(audit.answers).filter(({ answer }) => answer !== 'cannot-tell').length
  return (
    state.accuracy.estimateShown || counted >= ESTIMATE_FROM || answeredCount(audit) === audit.points.length
  )
}

/** Points at which map and reviewer contradict each other, those where the map says something else than when they were drawn, and those that it says nothing of any more. */
export function pointsAgainstMap(
  { accuracy: { mapped } }: Pick<StudioState, 'accuracy'>,
  audit: PointAuditRecord,
): { differing: AuditPoint[]; changed: AuditPoint[]; gone: AuditPoint[] } {
  const found = { differing: [] as AuditPoint[], changed: [] as AuditPoint[], gone: [] as AuditPoint[] }
  if (mapped?.auditId !== audit.id) return found
  for (const point of audit.points) {
    const said = mapped.classes[point.number - 1] ?? null
    const answer = audit.answers[point.number]?.answer
    if (said === null) found.gone.push(point)
    else if (point.mapped !== undefined && point.mapped !== (said === 1)) found.changed.push(point)
    if (said === null || answer === undefined || answer === 'cannot-tell') continue
    if ((answer === 'landslide') !== (said === 1)) found.differing.push(point)
  }
  return found
}

/** The error matrix of the sample: counts of points by what the map says now and what the reviewer said. */
export function errorMatrix(
  { accuracy: { mapped } }: Pick<StudioState, 'accuracy'>,
  audit: PointAuditRecord,
): { map: 0 | 1; landslide: number; notLandslide: number; cannotTell: number }[] {
  return ([1, 0] as const).map(map => {
    const row = { map, landslide: 0, notLandslide: 0, cannotTell: 0 }
    for (const { number } of audit.points) {
      if (mapped?.auditId !== audit.id || mapped.classes[number - 1] !== map) continue
      const answer = audit.answers[number]?.answer
      if (answer === 'landslide') row.landslide++
      else if (answer === 'not-landslide') row.notLandslide++
      else if (answer === 'cannot-tell') row.cannotTell++
    }
    return row
  })
}
