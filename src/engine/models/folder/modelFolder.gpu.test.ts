import * as tf from '@tensorflow/tfjs-core'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startEngine } from '../../gpu/startEngine'
import { breakDevice } from '../../gpu/testing/memoryAndLimits'
import { createNetwork } from '../createNetwork'
import { checkModel, makeGolden } from './golden'
import { loadModelFolder, saveModelFolder } from './modelFolder'

const manifestOf = (files: Readonly<Record<string, Uint8Array>>) =>
  JSON.parse(new TextDecoder().decode(files['manifest.json'])) as Record<string, unknown>

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

let tensorsBefore = 0
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors
})
afterEach(() => expect(tf.memory().numTensors).toBe(tensorsBefore))

const STATISTICS = { count: 4, mean: [0.5, 2], m2: [1, 4] }

async function folder(): Promise<Record<string, Uint8Array>> {
  const network = createNetwork('segformer', 'tiny', {
    bands: 2,
    seed: 11,
    options: { normEpsilon: 'nvlabs', inputLimit: 3 },
  })
  const files = await saveModelFolder(network, {
    id: 'tiny-1',
    statistics: { source: STATISTICS, target: null },
    training: { data: ['Nothing: seeded weights.'], seed: 11 },
    limits: ['Everything.'],
  })
  network.dispose()
  return files
}

function edited(files: Record<string, Uint8Array>, change: (manifest: Record<string, unknown>) => void) {
  const manifest = manifestOf(files)
  change(manifest)
  return { ...files, 'manifest.json': new TextEncoder().encode(JSON.stringify(manifest)) }
}

test('a saved model opens as the same network and gives its golden probabilities', async () => {
  const files = await folder()
  expect(Object.keys(files).at(-1)).toBe('manifest.json')
  const { manifest, network, golden } = await loadModelFolder(files)
  expect(manifest).toMatchObject({
    id: 'tiny-1',
    bands: 2,
    options: { normEpsilon: 'nvlabs', inputLimit: 3 },
  })
  expect(manifest.statistics.source).toEqual(STATISTICS)
  expect(await checkModel(network, golden!)).toBeLessThan(1e-6)
  expect(new TextDecoder().decode(files['MODEL_CARD.md'])).toContain('Nothing: seeded weights.')

  const bias = network.parameters.get('decode_head.classifier.bias')
  tf.tidy(() => network.parameters.assign(bias.name, tf.add(bias.variable, tf.tensor1d([1, 0]))))
  expect(await checkModel(network, golden!)).toBeGreaterThan(0.1)
  network.dispose()
})

test('a damaged or foreign folder is refused and leaves nothing behind', async () => {
  const files = await folder()
  const refusal = (code: string) => expect.objectContaining({ code })
  const { 'weights.safetensors': weights, ...without } = files
  await expect(loadModelFolder(without)).rejects.toThrow(refusal('model-invalid'))
  const flipped = weights!.map((byte, i) => (i === weights!.length - 1 ? byte ^ 1 : byte))
  await expect(loadModelFolder({ ...files, 'weights.safetensors': flipped })).rejects.toThrow(
    refusal('model-invalid'),
  )
  const renamed = edited(files, manifest => {
    manifest.preset = 'huge'
  })
  await expect(loadModelFolder(renamed)).rejects.toThrow(refusal('model-invalid'))
  const unknown = edited(files, manifest => {
    manifest.license = ''
  })
  await expect(loadModelFolder(unknown)).rejects.toThrow(/license/)
  const wider = edited(files, manifest => {
    manifest.bands = 3
    manifest.statistics = { source: null, target: null }
  })
  await expect(loadModelFolder(wider)).rejects.toThrow(refusal('weights-mismatch'))
  await expect(loadModelFolder(wider)).rejects.toThrow(/patch_embeddings\.0\.proj\.weight: \[8,2,7,7\]/)
})

test('a manifest that names a network far larger than its weights allocates nothing', async () => {
  const huge = edited(await folder(), manifest => {
    manifest.preset = 'segformer-b5'
  })
  const bytes = tf.memory().numBytes
  await expect(loadModelFolder(huge)).rejects.toThrow(expect.objectContaining({ code: 'weights-mismatch' }))
  expect(tf.memory().numBytes).toBe(bytes)
})

test('separate affine parameters survive a model folder', async () => {
  const network = createNetwork('segformer', 'tiny', { bands: 2, seed: 3, options: { affine: 'separate' } })
  const name = 'decode_head.batch_norm.weight_target'
  tf.tidy(() => network.parameters.assign(name, tf.fill([32], 3)))
  const files = await saveModelFolder(network, { id: 'separate' }, false)
  network.dispose()
  expect(manifestOf(files)).toMatchObject({
    options: { affine: 'separate' },
    weights: { keyNames: 'transformers' },
    mlm: { 'mlm:name': 'Scarp separate', 'mlm:hyperparameters': { affine: 'separate' } },
  })
  const loaded = await loadModelFolder(files)
  expect((await loaded.network.parameters.get(name).variable.data())[7]).toBe(3)
  loaded.network.dispose()
})

test('a network that gives no numbers, or on a device that failed, makes no model folder', async () => {
  const network = createNetwork('segformer', 'tiny', { bands: 2, seed: 1 })
  const fields = { id: 'broken' }
  const failed = { code: 'gpu-failed' }
  await makeGolden(network)
  breakDevice()
  await expect(makeGolden(network)).rejects.toMatchObject(failed)
  breakDevice()
  await expect(saveModelFolder(network, fields, false)).rejects.toMatchObject(failed)
  const golden = await makeGolden(network)
  const name = 'decode_head.classifier.bias'
  tf.tidy(() => network.parameters.assign(name, tf.fill([2], Number.NaN)))
  await expect(saveModelFolder(network, fields)).rejects.toMatchObject(failed)
  await expect(checkModel(network, golden)).rejects.toMatchObject(failed)
  network.dispose()
})
