/** What a reviewer says of a point, without seeing the map. */
export type AuditAnswer = 'landslide' | 'not-landslide' | 'cannot-tell'

/**
 * Where a point was drawn from: what the map said there then, apart from places where the networks disagree, which are a
 * stratum of their own whatever the map says.
 */
export type AuditStratum = 'landslide' | 'not-landslide' | 'disagreement'

export interface AuditPoint {
  /** 1 for the first; strata are mixed, so that the order tells nothing. */
  number: number
  /** Patch or cell that it lies on, and its pixel there. */
  patchId: string
  column: number
  row: number
  stratum: AuditStratum
  /** Whether the map said landslide there when it was drawn; absent: not on record. */
  mapped?: boolean
}

/** A sample of points of an event with the answers of one reviewer; the draw never changes. */
export interface PointAuditRecord {
  id: string
  /** ISO 8601. */
  at: string
  name: string
  reviewer: string | null
  seed: number
  /** What was wanted of it: half the width of the 95 % interval of overall accuracy, 0..1. */
  precision: number
  /** Disagreement from which a pixel is in the third stratum; null: there is none. */
  disagreementFrom: number | null
  /** Pixels of each stratum when it was drawn, and their area in square metres; null: not known. */
  strata: { stratum: AuditStratum; pixels: number; area: number | null }[]
  /** Landslides on the map when it was drawn, pixels and square metres (null: not known); absent: not on record. */
  mapped?: { pixels: number; area: number | null }
  points: AuditPoint[]
  /** By the point's number. */
  answers: Record<number, { answer: AuditAnswer; at: string; note?: string }>
}

/** An estimate with half the width of its 95 % interval; null where it is 0/0 or rests on one point. */
export interface AuditFigure {
  value: number
  halfWidth: number | null
}

export const FEW_OMISSIONS = 10

/** What an audit says of a map. */
export interface Accuracy {
  /** Points with an answer that counts, points that nobody can tell, points left. */
  counted: number
  cannotTell: number
  left: number
  /**
   * Points that are landslides where the map has none. With fewer than `FEW_OMISSIONS` the intervals of producer's accuracy and
   * area are too narrow: they hold the truth 86 to 92 % of the time instead of 95 (auditSimulation.test.ts).
   */
  omissions: number
  overall: AuditFigure | null
  /** Of the class landslide: 1 - commission, 1 - omission. */
  users: AuditFigure | null
  producers: AuditFigure | null
  /** Share of the area that is landslides, 0..1, and that in square metres where the size of pixels is known. */
  share: AuditFigure | null
  area: AuditFigure | null
  /** Square metres that the map says; null: not known. */
  mappedArea: number | null
}
