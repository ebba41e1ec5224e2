import { AppError, withReason } from '../../../core/foundation/appError'
import { sha256 } from '../../../core/foundation/sha256'
import {
  type ModelManifest,
  type ModelManifestFields,
  modelManifestSchema,
  parseManifest,
} from '../../../core/rounds/modelManifest'
import type { ParameterSpec } from '../../nn/parameterRegistry'
import { dialectsOf } from '../checkpoint/dialects'
import { fitCheckpoint, fitsWholly } from '../checkpoint/fitCheckpoint'
import { assignValues, mismatch, saveCheckpoint } from '../checkpoint/networkCheckpoint'
import { readSafetensors } from '../checkpoint/safetensors'
import { createNetwork, declareNetwork } from '../createNetwork'
import type { SegmentationNetwork } from '../network'
import { type Golden, makeGolden, readGolden, writeGolden } from './golden'
import { machineLearningModelFields, modelCard } from './modelDescription'

/** A model folder's content, the network on the current backend. */
export interface LoadedModel {
  manifest: ModelManifest
  network: SegmentationNetwork
  /** null where the folder was read without its golden.safetensors. */
  golden: Golden | null
}

/**
 * Opens a model folder.
 *
 * @param files by name; manifest.json and weights.safetensors are needed.
 * @throws AppError `model-invalid` if a file is missing or damaged, `weights-mismatch` if the weights are not those of
 *   the network that the manifest names. No network is left behind then.
 */
export async function loadModelFolder(files: Readonly<Record<string, Uint8Array>>): Promise<LoadedModel> {
  const manifest = parseManifest(fileOf(files, 'manifest.json'))
  const weights = await intact(files, manifest.weights)
  const golden =
    manifest.golden && Object.hasOwn(files, manifest.golden.file)
      ? readGolden(await intact(files, manifest.golden))
      : null
  const wanted = parametersOf(manifest)
  // Before anything is allocated: a manifest may name a network far larger than its weights.
  const { values, report } = fitCheckpoint(wanted, readSafetensors(weights).tensors)
  if (!fitsWholly(report)) throw new AppError('weights-mismatch', mismatch(report))
  const { family, preset, bands, classes, options } = manifest
  const network = createNetwork(family, preset, { bands, classes, seed: null, options })
  try {
    assignValues(network.parameters, values)
  } catch (thrown) {
    network.dispose()
    throw thrown
  }
  return { manifest, network, golden }
}

function parametersOf({ family, preset, bands, classes, options }: ModelManifest): ParameterSpec[] {
  try {
    const { registry } = declareNetwork(family, preset, { bands, classes, seed: null, options })
    return registry.parameters.map(({ spec }) => spec)
  } catch (thrown) {
    const message =
      thrown instanceof AppError
        ? `The model cannot be opened here: ${thrown.message}`
        : withReason('The model cannot be opened here. Fetch it again, or take another.', thrown)
    throw new AppError('model-invalid', message, { cause: thrown })
  }
}

async function intact(
  files: Readonly<Record<string, Uint8Array>>,
  { file, sha256: expected }: { file: string; sha256: string },
): Promise<Uint8Array> {
  const bytes = fileOf(files, file)
  if ((await sha256(bytes)) === expected) return bytes
  throw new AppError('model-invalid', `The model's ${file} is not the one it was saved with. Fetch it again.`)
}

function fileOf(files: Readonly<Record<string, Uint8Array>>, name: string): Uint8Array {
  const bytes = Object.hasOwn(files, name) ? files[name] : undefined
  if (bytes) return bytes
  throw new AppError('model-invalid', `The model has no ${name}. Fetch it again.`)
}

/**
 * Packs a network as a model folder: manifest.json, weights.safetensors, golden.safetensors, MODEL_CARD.md.
 *
 * @param fields what only the caller knows: id, title, statistics, training provenance, limits.
 * @param golden made here from a seeded 64 x 64 input by default; false: none.
 * @returns the files by name. The manifest comes last: a folder that has one is whole.
 */
export async function saveModelFolder(
  network: SegmentationNetwork,
  fields: ModelManifestFields,
  golden?: Golden | false,
): Promise<Record<string, Uint8Array>> {
  const weights = await saveCheckpoint(network.parameters)
  const expected = golden === false ? null : writeGolden(golden ?? (await makeGolden(network)))
  const manifest: ModelManifest = modelManifestSchema.parse({
    format: 'scarp-model',
    version: 1,
    title: `${network.family} ${network.preset}`,
    ...fields,
    family: network.family,
    preset: network.preset,
    bands: network.bands,
    classes: network.classes,
    options: network.options,
    parameters: network.parameters.trainable().reduce((sum, { variable }) => sum + variable.size, 0),
    weights: {
      file: 'weights.safetensors',
      sha256: await sha256(weights),
      keyNames: dialectsOf(network.family)[0].name,
    },
    golden: expected ? { file: 'golden.safetensors', sha256: await sha256(expected) } : null,
  })
  return {
    'weights.safetensors': weights,
    ...(expected ? { 'golden.safetensors': expected } : {}),
    ...describingFiles(manifest),
  }
}

function describingFiles(manifest: ModelManifest): Record<string, Uint8Array> {
  const text = (content: string) => new TextEncoder().encode(content)
  return {
    'MODEL_CARD.md': text(modelCard(manifest)),
    'manifest.json': text(
      `${JSON.stringify({ ...manifest, ...machineLearningModelFields(manifest) }, null, 2)}\n`,
    ),
  }
}

/**
 * A model folder whose manifest and card say something else of the same weights.
 *
 * @throws AppError `model-invalid` if the manifest is damaged.
 */
export function redescribed(
  files: Readonly<Record<string, Uint8Array>>,
  change: (manifest: ModelManifest) => ModelManifest,
): Record<string, Uint8Array> {
  return { ...files, ...describingFiles(change(parseManifest(fileOf(files, 'manifest.json')))) }
}
