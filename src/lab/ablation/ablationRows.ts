import { AppError } from '../../core/foundation/appError'
import { ENSEMBLE } from '../../core/rounds/ensemble'
import type { NetworkFamily } from '../../core/rounds/networks'
import type { RoundConfig } from '../../core/rounds/roundConfig'

/** What a row may change; everything else stays as in the row before. */
export type AblationChanges = Partial<
  Pick<
    RoundConfig,
    | 'targetStatistics'
    | 'crossSensor'
    | 'ohem'
    | 'lovaszWeight'
    | 'labelSmoothing'
    | 'softPseudoLabels'
    | 'scale'
  >
>

/** One row of the ablation: the row before it, and what is new. */
export interface AblationRow {
  id: string
  /** "+ separated normalisation" */
  title: string
  families: readonly NetworkFamily[]
  changes: AblationChanges
  /**
   * Row whose networks this one continues from and whose ensemble labels the target for it; null: it learns from the
   * labelled source only, from seeded initialisations.
   */
  parent: string | null
  /** False: the pseudo-labels of `parent` are not used, which shows what the further steps alone are worth. */
  pseudoLabels: boolean
  /** Only run when it is named; later rows do not build on it. */
  optional: boolean
  /** F1 that the paper states, per network or "ensemble", with the table it is from. */
  paper: Partial<Record<NetworkFamily | typeof ENSEMBLE, string>>
}

const ROUND_1: readonly NetworkFamily[] = ['efficientnetv2-unet', 'segformer', 'swin-unet']
const ROUND_3: readonly NetworkFamily[] = ['segformer', 'efficientnetv2-unet', 'hrnet-ocr']

/** The row that every other one is built on: one set of statistics, taken from the source, and plain cross-entropy. */
export const BASELINE: Required<AblationChanges> = {
  targetStatistics: 'model',
  crossSensor: false,
  ohem: null,
  lovaszWeight: 0,
  labelSmoothing: 0,
  softPseudoLabels: false,
  scale: 1,
}

/** Factors of scale promotion: of the row that shows it and round 1 (the paper: 2.5), and of later rounds (4). */
export interface AblationScales {
  promoted: number
  rounds: number
}

/**
 * The rows of the paper's Tables 1 and 2 in order. The paper adds soft cross-entropy, Lovász and OHEM at once (SLO);
 * here they come one by one, with its figure at the last of the three.
 */
export function ablationRows(scales: AblationScales): AblationRow[] {
  const resnet = (id: string, title: string, changes: AblationChanges, paper?: string): AblationRow => ({
    id,
    title,
    families: ['resnet-unet'],
    changes,
    parent: null,
    pseudoLabels: false,
    optional: false,
    paper: paper ? { 'resnet-unet': paper } : {},
  })
  return [
    resnet('baseline', 'baseline', {}, 'Table 1: 63.52'),
    resnet('sn', '+ separated normalisation', { targetStatistics: 'self' }, 'Table 1: 72.71'),
    resnet('csn', '+ cross-sensor normalisation', { crossSensor: true }),
    resnet('ohem', '+ OHEM', { ohem: { threshold: 0.7, minKeptShare: 0.1 } }),
    resnet('lovasz', '+ Lovász', { lovaszWeight: 1 }),
    resnet('soft-ce', '+ soft CE (SLO)', { labelSmoothing: 0.1, softPseudoLabels: true }, 'Table 1: 75.29'),
    resnet('scale', `+ scale promotion x${scales.promoted}`, { scale: scales.promoted }, 'Table 1: 75.98'),
    {
      id: 'round-1',
      title: 'round 1: three networks',
      families: ROUND_1,
      changes: {},
      parent: null,
      pseudoLabels: false,
      optional: false,
      paper: {
        'efficientnetv2-unet': 'Table 1: 76.24',
        segformer: 'Table 1: 76.57',
        'swin-unet': 'Table 1: 76.78',
        [ENSEMBLE]: 'Table 2, round 1: 73.62',
      },
    },
    {
      id: 'round-2-source-only',
      title: 'round 1 trained on, without pseudo-labels',
      families: ROUND_1,
      changes: { scale: scales.rounds },
      parent: 'round-1',
      pseudoLabels: false,
      optional: true,
      paper: {},
    },
    {
      id: 'round-2',
      title: 'round 2: with pseudo-labels of round 1',
      families: ROUND_1,
      changes: { scale: scales.rounds },
      parent: 'round-1',
      pseudoLabels: true,
      optional: false,
      paper: {
        'efficientnetv2-unet': 'Table 1: 79.37',
        segformer: 'Table 1: 78.38',
        'swin-unet': 'Table 1: 77.98',
        [ENSEMBLE]: 'Table 2, round 2: 74.03',
      },
    },
    {
      id: 'round-3',
      title: 'round 3: with pseudo-labels of round 2',
      families: ROUND_3,
      changes: {},
      parent: 'round-2',
      pseudoLabels: true,
      optional: false,
      paper: {
        segformer: 'Table 1: 79.91',
        'efficientnetv2-unet': 'Table 1: 80.06',
        'hrnet-ocr': 'Table 1: 80.17',
        [ENSEMBLE]: 'Table 2, round 3: 74.54',
      },
    },
  ]
}

/** What a row's networks are trained with: the baseline and every change up to the row's own. */
export function changesUpTo(rows: readonly AblationRow[], id: string): Required<AblationChanges> {
  const row = rowOf(rows, id)
  const before = rows.slice(0, rows.indexOf(row)).filter(({ optional }) => !optional)
  return Object.assign({ ...BASELINE }, ...before.map(({ changes }) => changes), row.changes)
}

/** 1 for rows that learn from the source only, else one more than their parent. */
export function roundIndexOf(rows: readonly AblationRow[], { parent }: AblationRow): number {
  return parent === null ? 1 : 1 + roundIndexOf(rows, rowOf(rows, parent))
}

/**
 * The rows to run, in the table's order: those named and their parents, or all that are not optional.
 *
 * @throws AppError `bad-argument` for an unknown name.
 */
export function selectRows(rows: readonly AblationRow[], names: readonly string[] | null): AblationRow[] {
  if (names === null) return rows.filter(({ optional }) => !optional)
  const wanted = new Set<string>()
  for (const name of names) {
    for (let row: AblationRow | null = rowOf(rows, name); row; ) {
      wanted.add(row.id)
      row = row.parent === null ? null : rowOf(rows, row.parent)
    }
  }
  return rows.filter(({ id }) => wanted.has(id))
}

function rowOf(rows: readonly AblationRow[], id: string): AblationRow {
  const row = rows.find(candidate => candidate.id === id)
  if (row) return row
  throw new AppError('bad-argument', `--rows takes ${rows.map(known => known.id).join(', ')}; not "${id}".`)
}
