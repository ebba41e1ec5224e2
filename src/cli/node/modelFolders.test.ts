import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { familyOf, readModelFolders, scaleOf, writeModelFolder } from './modelFolders'

const model = (scale: number | undefined) => ({
  id: 'a',
  files: {
    'manifest.json': new TextEncoder().encode(
      JSON.stringify({
        format: 'scarp-model',
        version: 1,
        id: 'a',
        title: 'a',
        family: 'segformer',
        preset: 'tiny',
        bands: 14,
        classes: 2,
        scale,
        parameters: 1,
        weights: { file: 'weights.safetensors', sha256: '0'.repeat(64) },
      }),
    ),
  },
})

test('models are written with their manifest last, and read by the names of their folders', async () => {
  const root = await mkdtemp(join(tmpdir(), 'scarp-models-'))
  try {
    const bytes = new TextEncoder().encode('weights')
    for (const id of ['m10', 'm2']) {
      await writeModelFolder(root, { id, files: { ...model(1).files, 'weights.safetensors': bytes } })
    }
    await writeFile(join(root, 'm2/weights.safetensors.part'), 'half')
    await mkdir(join(root, 'm2/folder'))
    await mkdir(join(root, 'none'))
    const found = await readModelFolders(root)
    expect(found.map(({ id }) => id)).toEqual(['m2', 'm10'])
    expect(Object.keys(found[0]!.files).sort()).toEqual(['manifest.json', 'weights.safetensors'])
    expect(found[0]!.files['weights.safetensors']).toEqual(bytes)
    expect((await readModelFolders(join(root, 'm10'))).map(({ id }) => id)).toEqual(['m10'])
    await expect(readModelFolders(join(root, 'none'))).rejects.toMatchObject({
      code: 'model-invalid',
      message: `"${join(root, 'none')}" holds no model: a model is a folder with a manifest.json.`,
    })
    await expect(readModelFolders(join(root, 'gone'))).rejects.toMatchObject({
      code: 'bad-argument',
      message: `There is no folder "${join(root, 'gone')}" of models.`,
    })
    // A folder where the weights should be: the manifest, which says that a model is complete, must not be there.
    await mkdir(join(root, 'broken/weights.safetensors'), { recursive: true })
    const broken = { id: 'broken', files: { ...model(1).files, 'weights.safetensors': bytes } }
    await expect(writeModelFolder(root, broken)).rejects.toMatchObject({ code: 'bad-argument' })
    expect(await readdir(join(root, 'broken'))).toEqual(['weights.safetensors'])
  } finally {
    await rm(root, { recursive: true })
  }
})

test('a network is of the family that its manifest names', () => {
  expect(familyOf(model(1))).toBe('segformer')
  expect(() => familyOf({ id: 'a', files: {} })).toThrowError(
    expect.objectContaining({
      code: 'model-invalid',
      message: 'The manifest.json of model "a" is not JSON.',
    }),
  )
})

test('training continues at the largest scale that its models learned with', () => {
  expect(scaleOf([])).toBe(1)
  expect(scaleOf([model(undefined)])).toBe(1)
  expect(scaleOf([model(1), model(2.5), model(2)])).toBe(2.5)
  expect(() => scaleOf([{ id: 'a', files: {} }])).toThrowError(
    expect.objectContaining({ code: 'model-invalid' }),
  )
})
