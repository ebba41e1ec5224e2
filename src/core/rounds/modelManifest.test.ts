import { expect, test } from 'vitest'
import { isModelId, modelIdOf } from './modelManifest'

test('whatever a checkpoint is called, its model gets an id', () => {
  expect(modelIdOf('SegFormer B2 (Wenchuan)')).toBe('segformer-b2-wenchuan')
  expect(modelIdOf('Säntis.v2')).toBe('sa-ntis.v2')
  expect(modelIdOf('constructor')).toBe('model-constructor')
  const titles = [
    '__proto__',
    'constructor',
    '..',
    '滑坡',
    '',
    '../../x',
    'a/b\\c',
    'x'.repeat(255),
    'a\u0000b',
  ]
  for (const title of titles) expect(isModelId(modelIdOf(title)), title).toBe(true)
})

test('a name that every object has, or that leads out of a folder, is no id of a model', () => {
  for (const id of ['__proto__', 'constructor', '.', '..', 'a/b', 'a b', '', 'x'.repeat(201)])
    expect(isModelId(id), id).toBe(false)
})
