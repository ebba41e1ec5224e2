import type { ExportedMask } from './exportedMask'

const NAMES_SHOWN = 3

/** "image_1, image_2, image_3 and 4 more". */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN).join(', ')
  return names.length > NAMES_SHOWN ? `${shown} and ${names.length - NAMES_SHOWN} more` : shown
}

/** What a person should know of an export: where its masks come from, what was left out, what has no CRS. */
export function exportNotes(
  masks: readonly ExportedMask[],
  missing: readonly string[],
  threshold: number,
): string[] {
  const notes: string[] = []
  const reviewed = masks.filter(mask => mask.origin === 'reviewed').length
  const predicted = masks.length - reviewed
  if (reviewed > 0) notes.push(`${counted(reviewed, 'mask')} as reviewed.`)
  if (predicted > 0) {
    notes.push(`${counted(predicted, 'mask')} from the ensemble at threshold ${threshold}, not reviewed.`)
  }
  if (missing.length > 0)
    notes.push(`Left out, since the ensemble was not run on them: ${listNames(missing)}.`)
  return notes
}

/** The honest word on rasters that no map can place; null where all have a CRS. */
export function placeNote(masks: readonly ExportedMask[]): string | null {
  const nowhere = masks.filter(({ record }) => {
    const { crs, geoKeys } = record.georeference ?? {}
    return !crs && !geoKeys
  })
  if (nowhere.length === 0) return null
  const names = listNames(nowhere.map(({ record }) => record.name))
  return `No CRS: the source of ${names} has none, so these files open in pixel coordinates.`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
