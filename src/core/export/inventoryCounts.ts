import { plural } from '../foundation/text'
import type { InventoryOptions, InventoryRaster } from '../inventory/inventory'
import type { InventorySummary } from '../inventory/inventoryOf'
import { pixelSizeOf } from '../raster/pixelSize'

/** An inventory in numbers, over any number of rasters. */
export interface InventoryCounts {
  landslides: number
  /** Square metres; null: the pixels' size is not known in some raster. */
  area: number | null
  leftOut: number
  leftOutArea: number | null
  holes: number
  holesArea: number | null
  /** Rings with fewer corners than their pixels have, and those that keep them all to stay valid. */
  simplified: number
  keptExact: number
  /** Sentences on what could not be known, each once, and on ground that several masks show. */
  remarks: string[]
}

/** @param shared what is to be said of ground that several rasters show */
export function countInventory(
  summaries: ReadonlyMap<InventoryRaster, InventorySummary>,
  shared: readonly string[] = [],
): InventoryCounts {
  const parts = [...summaries].map(([raster, summary]) => ({ raster, summary }))
  const area = (pixelsOf: (summary: InventorySummary) => number) =>
    parts.reduce<number | null>((sum, { raster, summary }) => {
      const { size } = pixelSizeOf(raster.georeference, raster.width, raster.height)
      return sum === null || !size ? null : sum + pixelsOf(summary) * size.width * size.height
    }, 0)
  const count = (of: (summary: InventorySummary) => number) =>
    parts.reduce((sum, { summary }) => sum + of(summary), 0)
  return {
    landslides: count(({ landslides }) => landslides),
    area: area(({ pixels }) => pixels),
    leftOut: count(({ leftOut }) => leftOut.landslides),
    leftOutArea: area(({ leftOut }) => leftOut.pixels),
    holes: count(({ filled }) => filled.holes),
    holesArea: area(({ filled }) => filled.pixels),
    simplified: count(({ simplified }) => simplified.rings),
    keptExact: count(({ simplified }) => simplified.keptExact),
    remarks: [
      ...new Set(
        parts.flatMap(({ summary }) => [summary.sizeUnknown ?? [], summary.placeUnknown ?? []].flat()),
      ),
      ...shared,
    ],
  }
}

/** Of an inventory that was made with options: what it holds, and what they changed, a sentence each. */
export function inventoryNotes(counts: InventoryCounts, options: InventoryOptions): string[] {
  const { landslides, area, leftOut, leftOutArea, holes, holesArea, simplified, keptExact, remarks } = counts
  const unit = area === null ? 'pixels' : 'm²'
  const within = (size: number | null) => (size ? `, ${areaText(size)}` : '')
  const notes = [`${plural(landslides, 'landslide')}${within(area)}.`]
  if (options.minimumArea > 0) {
    notes.push(
      `${plural(leftOut, 'landslide')} smaller than ${options.minimumArea.toLocaleString('en')} ${unit} left out${within(leftOutArea)}.`,
    )
  }
  if (options.fillHoles > 0) {
    notes.push(
      `${plural(holes, 'hole')} of up to ${options.fillHoles.toLocaleString('en')} ${unit} filled${within(holesArea)}.`,
    )
  }
  if (options.simplify > 0) {
    const kept = keptExact > 0 ? `, ${plural(keptExact, 'ring')} kept exact to stay valid` : ''
    notes.push(
      `Outlines simplified by up to ${plural(options.simplify, 'pixel')}: ${plural(simplified, 'ring')} with fewer corners${kept}.`,
    )
  }
  return [...notes, ...remarks]
}

/** "3.2 km²", "4.1 ha", "300 m²". */
function areaText(squareMetres: number): string {
  if (squareMetres >= 1e6) return `${(squareMetres / 1e6).toFixed(2)} km²`
  return squareMetres >= 1e4
    ? `${(squareMetres / 1e4).toFixed(2)} ha`
    : `${Math.round(squareMetres).toLocaleString('en')} m²`
}
