/** Whether a note on a file only says what is normal, or asks a person to decide. */
export type NoteLevel = 'information' | 'warning'

interface ReasonFacts {
  level: NoteLevel
  /** A heading for all files with it. */
  title: string
  /** What to do about it, where its sentences do not say so. */
  fix?: string
}

/** Why something is said of a file that was taken: the closed set by which notes are counted and grouped. */
export const NOTE_REASONS = {
  'value-scale': { level: 'information', title: 'Value scale' },
  'missing-pixels': { level: 'information', title: 'Pixels without data' },
  'synthetic-bands': { level: 'information', title: 'Bands that the product lacks' },
  encoding: { level: 'information', title: 'File encoding' },
  'no-epsg': { level: 'information', title: 'Coordinate system without EPSG code' },
  'more-content': { level: 'information', title: 'Content that is not read' },
  'mask-values': { level: 'information', title: 'Mask values' },
  'mask-left-out': { level: 'information', title: 'Mask left out with its image' },
  hidden: { level: 'information', title: 'Hidden files left out' },
  scene: { level: 'information', title: 'Made from a scene' },
  duplicate: { level: 'information', title: 'Already in the project' },
  'scale-in-doubt': {
    level: 'warning',
    title: 'Value scale in doubt',
    fix: 'Choose the scale if it was taken wrongly.',
  },
  'no-data': {
    level: 'warning',
    title: 'No-data pixels taken as data',
    fix: 'Write no-data as a value (gdal_translate -a_nodata) and add the file again.',
  },
  'impossible-values': {
    level: 'warning',
    title: 'Impossible values',
    fix: 'Check the file: it may be damaged, or its no-data value undeclared (gdal_translate -a_nodata).',
  },
  'baseline-offset': { level: 'warning', title: 'B10 carries an offset' },
  'slope-range': { level: 'warning', title: 'Slope out of range' },
  position: {
    level: 'warning',
    title: 'Position in doubt',
    fix: 'Masks may leave without coordinates: georeference the file (gdalwarp) and add it again.',
  },
  orientation: {
    level: 'warning',
    title: 'Turned or flipped',
    fix: 'If it lies the wrong way round, write it north-up (gdalwarp) and add it again.',
  },
  'mask-position': {
    level: 'warning',
    title: 'Mask and image lie apart',
    fix: 'Check that both show the same ground.',
  },
  'without-label': {
    level: 'warning',
    title: 'Taken without a label',
    fix: 'Mend the mask, then add it again with its image.',
  },
  'mask-to-attach': { level: 'warning', title: 'Masks of patches in the project' },
  'label-unused': { level: 'warning', title: 'Label not used' },
  'not-replaced': { level: 'warning', title: 'Not read again' },
  /** Of an earlier version, which did not tell reasons apart. */
  unsorted: { level: 'warning', title: 'Noted on import' },
} as const satisfies Record<string, ReasonFacts>

export type NoteReason = keyof typeof NOTE_REASONS

/** What is known of a reason. */
export function reasonFacts(reason: NoteReason): ReasonFacts {
  return NOTE_REASONS[reason]
}

/** Something to know of a file that was taken: one or two sentences for a person, and why they are said. */
export interface FileNote {
  reason: NoteReason
  message: string
}

export function isWarning({ reason }: Pick<FileNote, 'reason'>): boolean {
  return NOTE_REASONS[reason].level === 'warning'
}

const EARLIER_WORDINGS: readonly [RegExp, NoteReason][] = [
  [/^Taken as .*though it looks like/, 'scale-in-doubt'],
  [/^Taken as /, 'value-scale'],
  [/pixels have no data\.$/, 'missing-pixels'],
  [/^B10 never falls below/, 'baseline-offset'],
  [/^Band 13 leaves/, 'slope-range'],
  [/^Taken without a label/, 'without-label'],
  [/colour table|JPEG is lossy|64-bit integers|^The file declares/, 'encoding'],
  [/keys are kept/, 'no-epsg'],
  [/only the first is read|its first image can|beside its image/, 'more-content'],
  [/ignored\.$|internal mask/, 'no-data'],
  [/no usable georeference|ground control points|not finite|north-up|cannot be read/, 'position'],
  [/asks to be shown turned/, 'orientation'],
]

/** A note that an earlier version kept as its sentence alone. */
export function noteOfSentence(message: string): FileNote {
  const known = EARLIER_WORDINGS.find(([wording]) => wording.test(message))
  return { reason: known?.[1] ?? 'unsorted', message }
}
