import { z } from '../../core/foundation/schema'
import type { AuditAnswer, AuditPoint, PointAuditRecord } from '../../core/review/pointAudit'
import type { AuditedPixels } from '../../worker/protocol'
import { preferences } from '../preferences'

/** What a point said before and after somebody answered, changed or took back an answer; undefined: nothing. */
export interface AnswerStep {
  number: number
  before: PointAuditRecord['answers'][number] | undefined
  after: PointAuditRecord['answers'][number] | undefined
}

/** What the patches to audit hold, by stratum: what a sample is planned from. */
export interface CountedMap {
  patches: readonly AuditedPixels[]
  /** Names of patches without a mask. */
  missing: readonly string[]
  /** Pixels of ground that another patch shows, too: they are left out of this one. */
  sharedPixels: number
  threshold: number
  disagreementFrom: number | null
}

export interface AccuracySlice {
  /** In the order in which they were begun. */
  list: readonly PointAuditRecord[]
  /** Id of the audit whose points are on the stage, map and verdicts hidden; null: none. */
  openId: string | null
  /** Number of the point on the stage. */
  point: number
  /** The note that the next answer to this point takes along. */
  note: string
  /** Raised to bring the point back to the middle of the stage. */
  centreRequest: number
  /** What can be undone and redone of the answers of the open audit, oldest first. After a reload: its answers by time. */
  done: readonly AnswerStep[]
  undone: readonly AnswerStep[]
  /** Whether the estimate was asked for before the stated number of points. */
  estimateShown: boolean
  /** What the map says at the points of an audit now, in their order; null: it is being read. */
  mapped: { auditId: string; classes: readonly (0 | 1 | null)[] } | null
  /** Why it could not be read. */
  mappedError: string | null
  /** What the dialog plans a sample from; null: not counted yet. */
  counted: CountedMap | null
  /** Audit that a dialog is about. */
  askedId: string | null
  /** A point of an audit that is looked at with the map shown. */
  marked: { auditId: string; point: AuditPoint } | null
  /** What the next audit begins with: half the width of its interval, and the disagreement of its third stratum. */
  precision: number
  disagreementFrom: number
}

export const initialAccuracySlice: AccuracySlice = {
  list: [],
  openId: null,
  point: 1,
  note: '',
  centreRequest: 0,
  done: [],
  undone: [],
  estimateShown: false,
  mapped: null,
  mappedError: null,
  counted: null,
  askedId: null,
  marked: null,
  precision: 0.05,
  disagreementFrom: 0.3,
}

/** Characters of an audit's name and of a point's note. */
export const LONGEST_AUDIT_NAME = 100
export const LONGEST_POINT_NOTE = 500

/** Points of an audit: more than these nobody judges. */
export const MOST_AUDIT_POINTS = 5000
export const LEAST_AUDIT_POINTS = 10

/** Counted points from which the estimate is shown without being asked for: fewer say next to nothing. */
export const ESTIMATE_FROM = 30

export const ANSWERS: readonly AuditAnswer[] = ['landslide', 'not-landslide', 'cannot-tell']

/** Which audit is open is kept, so that a reload in the middle of one shows no map. */
export const accuracyPreferences = preferences<AccuracySlice>('scarp.accuracy', initialAccuracySlice, {
  list: null,
  openId: z.string().nullable(),
  point: null,
  note: null,
  centreRequest: null,
  done: null,
  undone: null,
  estimateShown: null,
  mapped: null,
  mappedError: null,
  counted: null,
  askedId: null,
  marked: null,
  precision: z.number().min(0.001).max(0.49),
  disagreementFrom: z.number().min(0.01).max(1),
})
