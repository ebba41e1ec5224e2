import { expect, test } from 'vitest'
import { scaleOf } from './modelFolders'

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

test('training continues at the largest scale that its models learned with', () => {
  expect(scaleOf([])).toBe(1)
  expect(scaleOf([model(undefined)])).toBe(1)
  expect(scaleOf([model(1), model(2.5), model(2)])).toBe(2.5)
  expect(() => scaleOf([{ id: 'a', files: {} }])).toThrowError(
    expect.objectContaining({ code: 'model-invalid' }),
  )
})
