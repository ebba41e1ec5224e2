import { afterEach, expect, test, vi } from 'vitest'
import type { ProjectStore } from '../../storage/projectStore'
import { createModelCatalogue } from './modelCatalogue'

const URL = 'https://scarp.test/models/'

function manifest(id: string, family: string, preset = 'tiny'): Uint8Array {
  const weights = { file: 'weights.safetensors', sha256: 'a'.repeat(64) }
  const known = { format: 'scarp-model', version: 1, id, title: `${id} title`, family, preset, weights }
  const json = { ...known, bands: 14, classes: 2, parameters: 42, license: 'Apache-2.0' }
  return new TextEncoder().encode(JSON.stringify(json))
}

interface Kept {
  id: string
  family: string
  preset?: string
  imported?: boolean
}

/** A project whose latest round made these models, but for those that were imported. */
function project(...models: Kept[]): ProjectStore {
  const made = models.filter(({ imported }) => !imported)
  const store = {
    rounds: async () =>
      made.length > 0 ? [{ index: 4, networks: made.map(({ id }) => ({ modelId: id })) }] : [],
    importedModels: async () =>
      models.filter(({ imported }) => imported).map(({ id }) => ({ id, needsTraining: true })),
    readModel: async (id: string) => {
      const found = models.find(model => model.id === id)
      if (!found) return null
      return {
        'manifest.json': manifest(id, found.family, found.preset),
        'weights.safetensors': Uint8Array.of(1),
      }
    },
  }
  return store as unknown as ProjectStore
}

/** An app that ships these files under models/. */
function serve(files: Record<string, { body: BodyInit; type?: string }>) {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (address: string) => {
    const path = address.slice(URL.length)
    asked.push(path)
    const file = files[path]
    if (!file) return new Response('not here', { status: 404 })
    return new Response(file.body, { headers: { 'content-type': file.type ?? 'application/octet-stream' } })
  })
  return asked
}

const starters = {
  'index.json': { body: '{"models":["starter-segformer"]}', type: 'application/json' },
  'starter-segformer/manifest.json': { body: manifest('starter-segformer', 'segformer') as BodyInit },
  'starter-segformer/weights.safetensors': { body: 'weights' },
}

afterEach(() => vi.unstubAllGlobals())

test('before the first round: the starters, listed without loading their weights', async () => {
  const asked = serve(starters)
  const { models, damaged } = await createModelCatalogue(project(), URL).all()
  expect(damaged).toEqual([])
  expect(models).toEqual([
    {
      id: 'starter-segformer',
      title: 'starter-segformer title',
      family: 'segformer',
      preset: 'tiny',
      bands: 14,
      classes: 2,
      parameters: 42,
      origin: 'starter',
      round: null,
      heldOutF1: null,
      current: true,
      canPredict: true,
      hasGolden: false,
    },
  ])
  expect(asked).not.toContain('starter-segformer/weights.safetensors')
})

test('after it: the models of the round are in force, starters and imported ones stay in the list', async () => {
  serve(starters)
  const catalogue = createModelCatalogue(
    project(
      { id: 'round-1-swin', family: 'swin-unet' },
      { id: 'mine', family: 'resnet-unet', imported: true },
    ),
    URL,
  )
  const { models } = await catalogue.all()
  expect(
    models.map(({ id, origin, current, round, canPredict }) => [id, origin, current, round, canPredict]),
  ).toEqual([
    ['starter-segformer', 'starter', false, null, true],
    ['mine', 'imported', false, null, false],
    ['round-1-swin', 'round', true, 4, true],
  ])
  const { files } = await catalogue.files('starter-segformer')
  expect(new TextDecoder().decode(files['weights.safetensors'])).toBe('weights')
})

test('a parent is of the same family and preset, or there is none', async () => {
  serve(starters)
  const catalogue = createModelCatalogue(project(), URL)
  expect((await catalogue.parent('segformer', 'tiny'))?.id).toBe('starter-segformer')
  expect(await catalogue.parent('segformer', 'b2')).toBeNull()
  expect(await catalogue.parent('swin-unet', 'tiny')).toBeNull()
})

test('a family that the latest round left out goes on from its starter', async () => {
  serve(starters)
  const catalogue = createModelCatalogue(project({ id: 'round-1-swin', family: 'swin-unet' }), URL)
  expect((await catalogue.parent('segformer', 'tiny'))?.id).toBe('starter-segformer')
  expect((await catalogue.parent('swin-unet', 'tiny'))?.id).toBe('round-1-swin')
})

test('an app without models has none; a page in place of the list is no list', async () => {
  serve({})
  expect(await createModelCatalogue(project(), URL).all()).toEqual({ models: [], damaged: [] })
  serve({ 'index.json': { body: '<html></html>', type: 'text/html' } })
  expect(await createModelCatalogue(project(), URL).all()).toEqual({ models: [], damaged: [] })
})

test('one damaged model does not hide the others', async () => {
  serve(starters)
  const store = project({ id: 'mine', family: 'no-such-family', imported: true })
  const { models, damaged } = await createModelCatalogue(store, URL).all()
  expect(models.map(({ id }) => id)).toEqual(['starter-segformer'])
  expect(damaged).toMatchObject([
    { id: 'mine', origin: 'imported', message: expect.stringContaining('family') },
  ])
})

test('unknown models, damaged lists and missing weights are refused', async () => {
  serve({ ...starters, 'starter-segformer/weights.safetensors': { body: '<html>', type: 'text/html' } })
  const catalogue = createModelCatalogue(project(), URL)
  await expect(catalogue.files('../secret')).rejects.toMatchObject({ code: 'model-invalid' })
  await expect(catalogue.files('starter-segformer')).rejects.toMatchObject({ code: 'model-invalid' })
  serve({ 'index.json': { body: '{"models":["../x"]}', type: 'application/json' } })
  await expect(createModelCatalogue(project(), URL).all()).rejects.toMatchObject({
    code: 'model-invalid',
  })
})
