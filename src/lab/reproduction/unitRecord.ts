import { join } from 'node:path'
import { readIfThere, writeJson } from '../../cli/node/nodeFiles'
import { AppError } from '../../core/foundation/appError'
import { z } from '../../core/foundation/schema'
import { confusionSchema } from '../../core/rounds/modelManifest'
import { TRACKS } from './competitionFolder'
import type { Unit } from './planReproduction'

const unitRecordSchema = z.object({
  version: z.literal(1),
  unit: z.string(),
  track: z.enum(TRACKS),
  /** Landslide counts on the target's known labels; null where the folder has none. */
  counts: confusionSchema.nullable(),
  /** Target patches, and those of them that have a label. */
  targets: z.object({ all: z.number(), labelled: z.number() }),
  /** F1 on the held-out training patches, by which the weights were chosen. */
  heldOutF1: z.number().nullable(),
  /** Path of the competition's zip in the output folder; null where every target patch has a label. */
  submission: z.string().nullable(),
  /** null for an ensemble. */
  network: z
    .object({
      modelId: z.string(),
      preset: z.string(),
      weightsHash: z.string(),
      parentModelId: z.string().nullable(),
      bestStep: z.number(),
      steps: z.number(),
      scale: z.number(),
      microBatch: z.number(),
      accumulate: z.number(),
    })
    .nullable(),
  /** Share of the target's pixels that changed sides since the ensemble before; null: there was none. */
  changed: z.number().nullable(),
  seconds: z.number(),
  /** Whether `seconds` are those after an interruption only. */
  resumed: z.boolean(),
  host: z.string(),
  backend: z.string(),
  adapter: z.string(),
  /** ISO 8601. */
  at: z.string(),
  notes: z.array(z.string()),
})

/** A finished unit: `<out>/<track>/<row>/<network>.json`. */
export type UnitRecord = z.output<typeof unitRecordSchema>

const recordPath = ({ folder, network }: Pick<Unit, 'folder' | 'network'>) => join(folder, `${network}.json`)

export const claimPath = ({ folder, network }: Pick<Unit, 'folder' | 'network'>) =>
  join(folder, `${network}.claim`)

/**
 * null while the unit is not done.
 *
 * @throws AppError `file-malformed` for a record that is damaged.
 */
export async function readUnitRecord(unit: Pick<Unit, 'folder' | 'network'>): Promise<UnitRecord | null> {
  const path = recordPath(unit)
  const file = await readIfThere(path)
  if (file === null) return null
  try {
    return unitRecordSchema.parse(JSON.parse(new TextDecoder().decode(file)))
  } catch (cause) {
    throw new AppError('file-malformed', `"${path}" is damaged: delete it, and the unit is done again.`, {
      cause,
    })
  }
}

export function writeUnitRecord(unit: Pick<Unit, 'folder' | 'network'>, record: UnitRecord): Promise<void> {
  return writeJson(recordPath(unit), record)
}
