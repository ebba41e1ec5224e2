import { AppError, toAppError } from '../../../core/foundation/appError'
import { BAND_COUNT } from '../../../core/patches/bands'
import type { NetworkFamily, NetworkOptions } from '../../../core/rounds/networks'
import {
  type CheckpointReport,
  declareNetwork,
  dialectNamed,
  fitCheckpoint,
  identifyNetwork,
  readSafetensors,
  type StoredTensor,
} from '../../../engine'
import type { DroppedModel, KeyGroup, KeyRow, ModelProposal } from '../../protocolModels'

/** Background and landslide. */
export const CLASS_COUNT = 2

/** A checkpoint that can become a model here, and what a person should know of it first. */
export interface RecognisedCheckpoint {
  proposal: ModelProposal
  tensors: ReadonlyMap<string, StoredTensor>
  network: { family: NetworkFamily; preset: string; options: NetworkOptions }
}

/**
 * Reads a bare checkpoint and says which network it is and what of it fits one of 14 bands and two classes. Nothing is
 * allocated on the device.
 *
 * A checkpoint whose encoder fits and whose decoder or head does not is a starting point for training: those parts
 * begin fresh.
 *
 * @throws AppError `model-invalid` for a damaged file or an unknown network, `weights-mismatch` where the encoder is of
 *   no size known here or does not fit, `file-too-large`
 */
export async function recogniseCheckpoint(model: DroppedModel): Promise<RecognisedCheckpoint> {
  const [bytes] = Object.values(await droppedBytes(model))
  const { tensors } = readSafetensors(bytes ?? new Uint8Array())
  const known = identifyNetwork(tensors)
  const near = known.identity ? null : known.candidates.find(candidate => candidate.encoderFits)
  if (!known.identity && !near) {
    throw new AppError(known.candidates.length > 0 ? 'weights-mismatch' : 'model-invalid', known.reason)
  }
  const family = (known.identity ?? near!).family
  const preset = (known.identity ?? near!).preset
  const options = known.identity?.options ?? near?.options ?? {}

  const request = { bands: BAND_COUNT, classes: CLASS_COUNT, seed: null, options }
  const { registry } = declareNetwork(family, preset, request)
  const wanted = registry.parameters.map(({ spec }) => ({ name: spec.name, shape: spec.shape }))
  const { values, report } = fitCheckpoint(wanted, tensors, { adaptBands: 'by-position' })
  if (values.size === 0) {
    throw new AppError('weights-mismatch', `Nothing in "${model.path}" fits a ${family} ${preset}.`)
  }
  const groups = keyGroups(report)
  const misfit = groups.some(({ kind }) => kind !== 'ignored')
  const parameters = registry.parameters
    .filter(({ spec }) => spec.trainable)
    .reduce((sum, { spec }) => sum + spec.shape.reduce((product, extent) => product * extent, 1), 0)
  const encoderOnly = known.identity?.encoderOnly ?? false
  return {
    proposal: {
      path: model.path,
      title: titleOf(model.path),
      family,
      preset,
      parameters,
      bands: { checkpoint: report.adapted[0]?.from ?? BAND_COUNT, model: BAND_COUNT },
      classes: {
        checkpoint: encoderOnly ? null : (known.identity?.classes ?? null),
        model: CLASS_COUNT,
      },
      peer: report.dialect ? dialectNamed(family, report.dialect).title : 'Scarp',
      encoderOnly,
      canPredict: known.identity !== null && !encoderOnly && !misfit,
      loaded: values.size,
      wanted: wanted.length,
      groups,
    },
    tensors,
    network: { family, preset, options },
  }
}

/** "folder/my_weights.safetensors" -> "my_weights". */
function titleOf(path: string): string {
  return (path.split('/').at(-1) ?? path).replace(/\.[^.]*$/, '').slice(0, 80) || 'Imported model'
}

/** Rows of one group that cross to the window: a hostile file may hold a million keys. */
const MOST_ROWS = 200

/** What of a checkpoint did not simply load, by kind, for a table; kinds without rows are left out. */
function keyGroups(report: CheckpointReport): KeyGroup[] {
  const rows: Record<KeyGroup['kind'], KeyRow[]> = {
    missing: report.missing.map(name => ({ name, detail: 'begins with fresh weights' })),
    unexpected: report.unexpected.map(name => ({ name, detail: 'has no place in the network' })),
    'mis-shaped': report.misshaped.map(({ name, expected, found }) => ({
      name,
      detail: `[${found.join(', ')}] where [${expected.join(', ')}] belongs`,
    })),
    unusable: report.unusable.map(({ name, reason }) => ({ name, detail: reason })),
    ignored: report.ignored.map(({ key, reason }) => ({ name: key, detail: reason })),
  }
  return (Object.keys(rows) as KeyGroup['kind'][])
    .filter(kind => rows[kind].length > 0)
    .map(kind => ({ kind, count: rows[kind].length, rows: rows[kind].slice(0, MOST_ROWS) }))
}

const MOST_BYTES = 2 ** 30

/**
 * The content of a dropped model's files.
 *
 * @throws AppError `file-too-large`, `file-unreadable` (moved or changed since the drop)
 */
export async function droppedBytes({ path, files }: DroppedModel): Promise<Record<string, Uint8Array>> {
  const total = Object.values(files).reduce((sum, file) => sum + file.size, 0)
  if (total > MOST_BYTES) {
    throw new AppError(
      'file-too-large',
      `"${path}" is larger than 1 GiB; models of up to 1 GiB are opened here.`,
    )
  }
  const contents: Record<string, Uint8Array> = {}
  for (const [name, file] of Object.entries(files)) {
    try {
      contents[name] = new Uint8Array(await file.arrayBuffer())
    } catch (thrown) {
      throw toAppError(thrown, 'file-unreadable')
    }
  }
  return contents
}
