import type { FieldValue } from '../inventory/fields'
import type { InventoryOptions, InventoryRaster, InventoryRows } from '../inventory/inventory'
import type { InventorySummary } from '../inventory/inventoryOf'
import { BACKGROUND, IGNORE, LANDSLIDE } from '../patches/patch'
import { pixelSizeOf } from '../raster/pixelSize'
import { AUDIT_STRATA } from '../review/auditDesign'
import type { Accuracy, AuditAnswer, AuditStratum, PointAuditRecord } from '../review/pointAudit'
import type { MaskState } from '../review/provenance'
import type { RoundRecord } from '../rounds/round'

/** A network that an inventory rests on. */
export interface EvidenceModel {
  id: string
  /** "SegFormer"; null: not known. */
  architecture: string | null
  /** SHA-256 (hex) of its weights; null: not recorded. */
  weights: string | null
  /** "Apache-2.0"; null: not known. */
  licence: string | null
}

export interface EvidenceAudit {
  record: PointAuditRecord
  accuracy: Accuracy
}

/** What is known of an inventory besides its rasters: everything that a reader needs to judge it. */
export interface EvidenceFacts {
  /** "Kaikoura 2016". */
  title: string
  /** ISO 8601, from the caller's clock. */
  at: string
  /** "0.2.0". */
  version: string
  models: readonly EvidenceModel[]
  rounds: readonly RoundRecord[]
  /** The newest last. */
  audits: readonly EvidenceAudit[]
  /** Patches and cells by what became of their masks; absent: as the rasters' origins are. */
  masks?: readonly { state: MaskState; count: number }[]
  /** What was changed on the way from pixels to polygons. */
  options: InventoryOptions
  /** More that a reader has to know, a sentence each. */
  notes: readonly string[]
}

/** What the polygons of an inventory add up to, counted while they are written. */
export interface InventoryTotals {
  landslides: number
  /** Of each, square metres where all are known, else pixels. */
  sizes: number[]
  unit: 'm²' | 'px'
  /** Landslides by what became of their mask. */
  verdicts: Map<string, number>
  /** Smaller than the minimum area. */
  leftOut: number
  holesFilled: number
}

export class InventoryCount {
  private readonly areas: number[] = []
  private readonly pixels: number[] = []
  private readonly verdicts = new Map<string, number>()
  private leftOut = 0
  private holesFilled = 0

  /** @param values of a landslide, by field's name */
  add(values: Readonly<Record<string, FieldValue>>): void {
    const { area_m2, pixels, verdict } = values
    if (typeof area_m2 === 'number') this.areas.push(area_m2)
    this.pixels.push(Number(pixels))
    const name = typeof verdict === 'string' ? verdict : 'not reviewed'
    this.verdicts.set(name, (this.verdicts.get(name) ?? 0) + 1)
  }

  addSummary({ leftOut, filled }: InventorySummary): void {
    this.leftOut += leftOut.landslides
    this.holesFilled += filled.holes
  }

  get totals(): InventoryTotals {
    const known = this.areas.length === this.pixels.length && this.areas.length > 0
    return {
      landslides: this.pixels.length,
      sizes: known ? this.areas : this.pixels,
      unit: known ? 'm²' : 'px',
      verdicts: this.verdicts,
      leftOut: this.leftOut,
      holesFilled: this.holesFilled,
    }
  }
}

/** Pixels of an inventory's rasters. */
export interface AnalysedPixels {
  landslide: number
  background: number
  /** Not judged, outside, or without data. */
  none: number
  /** Square metres that were analysed; null where the size of a pixel is not known. */
  area: number | null
}

/** Counts the pixels of rasters as their rows are read; ground of another raster counts there. */
export class PixelCount {
  private readonly counts = { landslide: 0, background: 0, none: 0 }
  private area: number | null = 0

  addRows({ width, height, georeference }: InventoryRaster, { mask }: InventoryRows): void {
    let [landslide, background, none] = [0, 0, 0]
    for (const value of mask) {
      if (value === LANDSLIDE) landslide++
      else if (value === BACKGROUND) background++
      else if (value === IGNORE) none++
    }
    const analysed = landslide + background
    this.counts.landslide += landslide
    this.counts.none += none
    this.counts.background += background
    const { size } = pixelSizeOf(georeference, width, height)
    this.area = size && this.area !== null ? this.area + analysed * size.width * size.height : null
  }

  get pixels(): AnalysedPixels {
    return { ...this.counts, area: this.area }
  }
}

/** Points of an audit by where they were drawn and what was seen there; `open`: nobody looked yet. */
export function errorMatrix({ strata, points, answers }: PointAuditRecord): {
  stratum: AuditStratum
  weight: number
  counts: Record<AuditAnswer | 'open', number>
}[] {
  const all = strata.reduce((sum, { pixels }) => sum + pixels, 0)
  return AUDIT_STRATA.flatMap(stratum => {
    const drawn = strata.find(one => one.stratum === stratum)
    if (!drawn) return []
    const counts = { landslide: 0, 'not-landslide': 0, 'cannot-tell': 0, open: 0 }
    for (const point of points) {
      if (point.stratum === stratum) counts[answers[point.number]?.answer ?? 'open']++
    }
    return [{ stratum, weight: all > 0 ? drawn.pixels / all : 0, counts }]
  })
}
