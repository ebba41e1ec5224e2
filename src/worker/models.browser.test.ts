import { afterAll, beforeAll, expect, test } from 'vitest'
import { readBandNames } from '../core/patches/bandSets'
import { publishedCheckpoint, STEP } from '../engine/models/checkpoint/publishedCheckpoint.testing'
import { readSafetensors, type StoredTensor, writeSafetensors } from '../engine/models/checkpoint/safetensors'
import { declareNetwork } from '../engine/models/createNetwork'
import { openProjectStore } from '../storage/openProjectStore'
import type { ProjectStore } from '../storage/projectStore'
import { createEngineClient, createFilesClient } from './client'
import type { EngineClient, FilesClient } from './protocol'
import type { DroppedModel } from './protocolModels'

let store: ProjectStore
let engine: EngineClient
let files: FilesClient

beforeAll(async () => {
  store = await openProjectStore()
  await store.clear()
  engine = createEngineClient()
  files = createFilesClient()
})

afterAll(async () => {
  engine.terminate()
  files.terminate()
  await store.clear()
})

type Shapes = [string, number[]][]

/** An image classifier as torchvision names it, of the smallest ResNet here and of so many bands. */
function resnet(bands: number): Shapes {
  const { registry } = declareNetwork('resnet-unet', 'tiny', { bands, seed: null })
  const encoder = registry.parameters
    .map(({ spec }): Shapes[number] => [spec.name, [...spec.shape]])
    .filter(([name]) => name.startsWith('encoder.') && !name.endsWith('_target'))
    .map(([name, shape]): Shapes[number] => [name.replace('encoder.', ''), shape])
  return [...encoder, ['fc.weight', [10, 64]], ['fc.bias', [10]]]
}

function checkpoint(path: string, shapes: Shapes): DroppedModel {
  const tensors = new Map<string, StoredTensor>()
  for (const [name, shape] of shapes) {
    const size = shape.reduce((product, extent) => product * extent, 1)
    const data = Float32Array.from({ length: size }, (_, i) =>
      name.endsWith('running_var') ? 1 : 0.02 * Math.sin(i + name.length),
    )
    tensors.set(name, { shape, data })
  }
  const bytes = writeSafetensors(tensors) as Uint8Array<ArrayBuffer>
  return { path, kind: 'checkpoint', files: { [path]: new Blob([bytes]) } }
}

const imported = async () =>
  (await engine.call('models', {})).models.filter(({ origin }) => origin === 'imported')

test('an ImageNet encoder becomes a starting point: bands adapted, decoder fresh, golden outputs that hold', async () => {
  const model = checkpoint('resnet.safetensors', resnet(3))
  const proposal = await engine.call('recogniseModel', { model })
  expect(proposal).toMatchObject({
    family: 'resnet-unet',
    preset: 'tiny',
    bands: { checkpoint: 3, model: 14 },
    classes: { checkpoint: null, model: 2 },
    peer: 'torchvision',
    encoderOnly: true,
    canPredict: false,
  })
  expect(proposal.groups.map(({ kind }) => kind)).toEqual(['missing', 'ignored'])
  expect(proposal.groups[0]!.rows.every(({ name }) => /^(decoder|segmentation_head)\./.test(name))).toBe(true)
  expect(await imported()).toEqual([])

  const added = await engine.call('addModel', { model, title: 'ImageNet ResNet' })
  expect(added).toEqual({ id: 'imagenet-resnet', title: 'ImageNet ResNet', added: true })
  expect(await engine.call('addModel', { model })).toEqual({ ...added, added: false })
  expect(await imported()).toMatchObject([{ id: 'imagenet-resnet', canPredict: false, bands: 14 }])
  const { notes, card } = await engine.call('modelFacts', { modelId: added.id })
  expect(notes.join(' ')).toMatch(/from 3 to 14 bands by position.*decoder is fresh/)
  expect(card).toContain('# ImageNet ResNet')
  const check = await engine.call('checkModel', { modelId: added.id })
  expect(check).toMatchObject({ passed: true, backend: 'wasm' })
})

test.each([
  ['bigearthnet', 10, 'bigearthnet-s2-v0.2', [-1, 0, 1, 2, 3, 4, 5, 6, -1, -1, 8, 9, -1, -1]],
  ['moco', 13, 'sentinel2-l1c', [0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, -1, -1]],
  ['torchgeo', 3, 'rgb', [-1, 2, 1, 0, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1]],
] as const)('%s of %i bands is adapted by their names', async (origin, bands, set, places) => {
  const bytes = writeSafetensors(publishedCheckpoint(origin, bands, 'tiny')) as Uint8Array<ArrayBuffer>
  const path = `${origin}.safetensors`
  const model: DroppedModel = { path, kind: 'checkpoint', files: { [path]: new Blob([bytes]) } }
  const proposal = await engine.call('recogniseModel', { model })
  expect(proposal).toMatchObject({
    preset: 'tiny',
    bands: { checkpoint: bands, model: 14 },
    encoderOnly: true,
  })
  expect(proposal.groups.map(({ kind }) => kind)).toEqual(['missing', 'ignored'])

  const { id: modelId } = await engine.call('addModel', { model, bandNames: readBandNames(set) })
  const { manifest, notes } = await engine.call('modelFacts', { modelId })
  expect(manifest.bandNames?.slice(7)).toEqual(['B8', 'B9', 'B10', 'B11', 'B12', 'Slope', 'DEM'])
  expect(notes.join(' ')).toMatch(/bands by their names .*slope and elevation start from zero/i)
  const { blob } = await engine.call('exportModel', { modelId, format: 'source' })
  const { tensors } = readSafetensors(new Uint8Array(await blob.arrayBuffer()))
  const kernel = tensors.get('encoder.conv1.weight')!
  const expected = Array.from({ length: 8 }, (_, output) =>
    places.map(place =>
      Array.from({ length: 49 }, (_, i) => (place < 0 ? 0 : STEP * (1 + (output * bands + place) * 49 + i))),
    ),
  ).flat(2)
  expect([...kernel.data]).toEqual(expected)
  await engine.call('removeModel', { modelId })

  const wrong = engine.call('addModel', { model, bandNames: ['B4'] })
  await expect(wrong).rejects.toMatchObject({ code: 'bands-mismatch' })
  const none = engine.call('addModel', { model, bandNames: ['VV', 'VH'] })
  await expect(none).rejects.toMatchObject({ code: 'bad-argument' })
})

test('what leaves as a folder comes in again, and PyTorch gets plain keys of one domain', async () => {
  const modelId = 'imagenet-resnet'
  const plain = await engine.call('exportModel', { modelId, format: 'target' })
  const { tensors } = readSafetensors(new Uint8Array(await plain.blob.arrayBuffer()))
  expect([...tensors.keys()].filter(key => key.endsWith('_target'))).toEqual([])
  expect(tensors.get('encoder.conv1.weight')?.shape.slice(1)).toEqual([14, 7, 7])

  const { fileName, blob } = await engine.call('exportModel', { modelId, format: 'folder' })
  await engine.call('removeModel', { modelId })
  expect(await imported()).toEqual([])
  const models: DroppedModel[] = []
  const drop = { files: [{ path: fileName, file: blob }], domain: 'auto' as const }
  await files.call('import', drop, { onEvent: event => event.kind === 'model' && models.push(event.model) })
  expect(models).toMatchObject([{ kind: 'folder', path: 'imagenet-resnet.zip/imagenet-resnet' }])
  const [model] = models
  expect(await engine.call('addModel', { model: model! })).toMatchObject({ id: modelId, added: true })

  const other = new Uint8Array(await model!.files['weights.safetensors']!.arrayBuffer())
  other[other.length - 1]! ^= 1
  const tampered = { ...model!, files: { ...model!.files, 'weights.safetensors': new Blob([other]) } }
  await expect(engine.call('addModel', { model: tampered })).rejects.toMatchObject({
    code: 'model-invalid',
    message: expect.stringContaining('weights.safetensors is not the one'),
  })
  expect(await imported()).toHaveLength(1)
})

test('files that are no model here are refused with the reason', async () => {
  const bert = checkpoint('bert.safetensors', [['embeddings.weight', [4, 4]]])
  await expect(engine.call('recogniseModel', { model: bert })).rejects.toMatchObject({
    code: 'model-invalid',
  })
  const cut = { ...bert, files: { 'bert.safetensors': bert.files['bert.safetensors']!.slice(0, 40) } }
  await expect(engine.call('recogniseModel', { model: cut })).rejects.toMatchObject({
    message: expect.stringContaining('safetensors'),
  })
  const short = resnet(3).filter(([name]) => !name.startsWith('layer3.0.bn1'))
  const odd = checkpoint('odd.safetensors', short)
  await expect(engine.call('recogniseModel', { model: odd })).rejects.toMatchObject({
    code: 'weights-mismatch',
  })
  await expect(engine.call('removeModel', { modelId: 'starter-segformer' })).rejects.toMatchObject({
    code: 'bad-argument',
  })
})

test('adding and checking leave no tensor behind', async () => {
  const before = await engine.call('memory', {})
  await engine.call('checkModel', { modelId: 'imagenet-resnet' })
  const model = checkpoint('again.safetensors', resnet(14))
  await engine.call('addModel', { model })
  expect(await engine.call('memory', {})).toEqual(before)
})
