import { AppError, throwIfAborted } from '../../../core/foundation/appError'
import type { JobContext } from '../../../core/foundation/job'
import { uniqueName } from '../../../core/foundation/uniqueNames'
import { type BandMapping, describeMapping, mapBands } from '../../../core/patches/bandSets'
import { BAND_COUNT, BANDS } from '../../../core/patches/bands'
import type { ImportedModelRecord } from '../../../core/project/projectRecords'
import { type ModelManifest, modelIdOf, parseManifest } from '../../../core/rounds/modelManifest'
import { createNetwork, loadCheckpoint, loadModelFolder, saveModelFolder } from '../../../engine'
import type { ProjectStore } from '../../../storage/projectStore'
import type { DroppedModel, ModelApi } from '../../protocolModels'
import type { ModelCatalogue } from '../modelCatalogue'
import {
  CLASS_COUNT,
  droppedBytes,
  type RecognisedCheckpoint,
  recogniseCheckpoint,
} from './recogniseCheckpoint'

type Added = ModelApi['addModel']['result']
type Files = Record<string, Uint8Array>

const FOLDER_FILES = ['manifest.json', 'weights.safetensors', 'golden.safetensors', 'MODEL_CARD.md']
/** What a checkpoint does not hold begins from this seed, so that the same file gives the same model. */
const FRESH_SEED = 1

/**
 * Takes a dropped model into the project; needs a running engine, since only a network that was built and filled is
 * known to be whole. What fails or is cancelled leaves nothing behind.
 *
 * @param now ISO 8601, for the record.
 * @throws AppError `model-invalid`, `weights-mismatch`, `bands-mismatch`, `bad-argument` (band names), `file-too-large`,
 *   `storage-full`, `aborted`
 */
export async function addModel(
  store: ProjectStore,
  catalogue: ModelCatalogue,
  { model, title, bandNames }: ModelApi['addModel']['request'],
  now: string,
  { signal, onProgress }: JobContext,
): Promise<Added> {
  const step = (label: string, done: number) => {
    throwIfAborted(signal)
    onProgress?.({ label, done, total: 3 })
  }
  step(`Reading ${model.path}`, 0)
  const made =
    model.kind === 'folder'
      ? await fromFolder(model)
      : await fromCheckpoint(await recogniseCheckpoint(model), bandNames ? mapBands(bandNames) : null, title)
  step(`Looking for a twin of ${model.path}`, 1)
  const { models } = await catalogue.all()
  const manifest = parseManifest(made.files['manifest.json']!)
  for (const { id, title: known } of models) {
    const { weights } = await catalogue.manifest(id)
    if (weights.sha256 === manifest.weights.sha256) return { id, title: known, added: false }
  }
  const id = freeId(manifest.id, new Set(models.map(other => other.id.toLowerCase())))
  const files = id === manifest.id ? made.files : renamed(made.files, id)
  step(`Storing ${manifest.title}`, 2)
  const { notes, needsTraining } = made
  const record: ImportedModelRecord = { id, at: now, from: model.path, needsTraining, notes }
  await store.putImportedModel(record, files)
  return { id, title: manifest.title, added: true }
}

interface Made {
  files: Files
  needsTraining: boolean
  notes: string[]
}

/** A folder is taken byte for byte, once its hashes, its weights and its contract are right. */
async function fromFolder(model: DroppedModel): Promise<Made> {
  const bytes = await droppedBytes(model)
  const manifest = parseManifest(bytes['manifest.json'] ?? new Uint8Array())
  checkContract(model.path, manifest)
  const { network } = await loadModelFolder(bytes)
  network.dispose()
  const files = Object.fromEntries(Object.entries(bytes).filter(([name]) => FOLDER_FILES.includes(name)))
  return { files, needsTraining: false, notes: [] }
}

function checkContract(path: string, { bands, classes }: ModelManifest): void {
  if (bands !== BAND_COUNT) {
    throw new AppError(
      'bands-mismatch',
      `The model in "${path}" takes ${bands} bands; the patches here have ${BAND_COUNT}. Drop its weights.safetensors ` +
        'alone to have the first layer adapted.',
    )
  }
  if (classes !== CLASS_COUNT) {
    throw new AppError(
      'weights-mismatch',
      `The model in "${path}" has ${classes} classes; Scarp has two, background and landslide. Drop its ` +
        'weights.safetensors alone to start training from them.',
    )
  }
}

/** A bare checkpoint becomes a folder with manifest, card and golden outputs, made on the engine that runs. */
async function fromCheckpoint(
  recognised: RecognisedCheckpoint,
  mapping: BandMapping | null,
  title?: string,
): Promise<Made> {
  const { proposal, tensors } = recognised
  const { family, preset, options } = recognised.network
  const network = createNetwork(family, preset, {
    bands: BAND_COUNT,
    classes: CLASS_COUNT,
    seed: FRESH_SEED,
    options,
  })
  try {
    loadCheckpoint(network.parameters, tensors, { partial: true, adaptBands: mapping ?? 'by-position' })
    const name = title?.trim() || proposal.title
    const notes = notesOf(recognised, mapping)
    const files = await saveModelFolder(network, {
      id: modelIdOf(name),
      title: name,
      bandNames: mapping ? BANDS.map(band => band.name) : null,
      training: { data: ['Not recorded: weights that were dropped into the studio.'], notes },
      limits: [
        ...(proposal.canPredict ? [] : ['Predicting before a round has trained it.']),
        'Anything until its masks were looked at: what it learned from is not known here.',
        'Passing on before its licence is known: it is that of the weights’ source, whatever this manifest says.',
      ],
    })
    return { files, needsTraining: !proposal.canPredict, notes }
  } finally {
    network.dispose()
  }
}

function notesOf(
  { proposal: { path, peer, bands, encoderOnly, loaded, wanted } }: RecognisedCheckpoint,
  mapping: BandMapping | null,
): string[] {
  const notes = [`From ${path}, key names of ${peer}: ${loaded} of ${wanted} parameters took a value.`]
  if (mapping) {
    notes.push(
      `The first layer was adapted from ${bands.checkpoint} to ${bands.model} bands by their names ` +
        `(${mapping.checkpoint.join(', ')}). ${describeMapping(mapping)}`,
    )
  } else if (bands.checkpoint !== bands.model) {
    notes.push(
      `The first layer was adapted from ${bands.checkpoint} to ${bands.model} bands by position, as timm does: its ` +
        `weights repeat in turn, scaled by ${bands.checkpoint}/${bands.model}.`,
    )
  }
  if (encoderOnly) notes.push('Only the encoder was in the file: the decoder is fresh.')
  else if (loaded < wanted) notes.push('What the file did not hold in the right shape is fresh.')
  return notes
}

/** @param taken ids in lower case. */
function freeId(wanted: string, taken: Set<string>): string {
  // A round to come names its models so.
  const base = /^round-/.test(wanted) ? `imported-${wanted}` : wanted
  return uniqueName(base, taken)
}

/** The folder under another id: fields that this version does not know stay in its manifest. */
function renamed(files: Files, id: string): Files {
  const manifest = JSON.parse(new TextDecoder().decode(files['manifest.json']))
  const text = `${JSON.stringify({ ...manifest, id }, null, 2)}\n`
  return { ...files, 'manifest.json': new TextEncoder().encode(text) }
}
