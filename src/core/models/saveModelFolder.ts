import { sha256 } from '../foundation/sha256'
import { dialectsOf } from './checkpoint/dialects/dialects'
import { saveCheckpoint } from './checkpoint/saveCheckpoint'
import { type Golden, makeGolden, writeGolden } from './folder/golden'
import { machineLearningModelFields } from './folder/machineLearningModelFields'
import { type ModelManifest, type ModelManifestFields, modelManifestSchema } from './folder/manifest'
import { modelCard } from './folder/modelCard'
import type { SegmentationNetwork } from './network'

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
  const text = (content: string) => new TextEncoder().encode(content)
  return {
    'weights.safetensors': weights,
    ...(expected ? { 'golden.safetensors': expected } : {}),
    'MODEL_CARD.md': text(modelCard(manifest)),
    'manifest.json': text(
      `${JSON.stringify({ ...manifest, ...machineLearningModelFields(manifest) }, null, 2)}\n`,
    ),
  }
}
