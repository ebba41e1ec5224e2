import { expect, test } from 'vitest'
import { pixelsFixture, sceneFixture, scenePieceFixture } from '../../core/review/records.testing'
import { learnedMeans } from '../../core/rounds/modelManifest'
import { samplesWithMeans } from '../../core/scenes/absentBands'
import { SceneReader } from './sceneOfCells'

/** Band 9, B10, is not in the product of `sceneFixture`; 12 stands for it in what is stored. */
const ABSENT = 9

const set = (mean: number) => ({ count: 4, mean: new Array(14).fill(mean), m2: new Array(14).fill(1) })
const model = (id: string, mean: number) => ({
  id,
  manifest: { statistics: { source: set(mean), target: set(0) } },
})
const means = Array.from({ length: 14 }, (_, band) => 100 + band)

const store = {
  scene: async () => sceneFixture(),
  scenePieces: async () => [0, 1, 2].map(column => scenePieceFixture(column)),
  readPixelWindow: async () => {
    const { data, valid } = pixelsFixture()
    return { data, valid }
  },
}

test('the chosen models’ mean stands for what a product lacks, whatever it was stored with, where there is data', async () => {
  const window = { column: 3, row: 0, width: 3, height: 2 }
  const stored = await (await new SceneReader(store).open('scene_1')).read(window)
  const filled = await (await new SceneReader(store, means).open('scene_1')).read(window)
  const expected = stored.data.slice()
  for (let pixel = 0; pixel < 6; pixel++) {
    if (stored.valid?.[pixel] !== 0) expected[ABSENT * 6 + pixel] = means[ABSENT]!
  }
  expect(filled.data).toEqual(expected)
  expect(filled.data).not.toEqual(stored.data)
  expect(stored.valid).toContain(0)
})

test('and for what the statistics know the scene by', () => {
  const scene = sceneFixture()
  const [sample] = samplesWithMeans(scene, means)
  const { mean, m2, count } = scene.samples[0]!.statistics
  expect(sample!.statistics).toEqual({
    count,
    m2,
    mean: mean.map((own, band) => (band === ABSENT ? 109 : own)),
  })
  // A product that has all bands is known by what was measured.
  const full = {
    ...scene,
    recipe: { ...scene.recipe, bands: scene.recipe.bands.map(() => scene.recipe.bands[0]!) },
  }
  expect(samplesWithMeans(full, means)).toBe(full.samples)
})

test('of models that differ the first by its id says it, in whatever order they are chosen', () => {
  const [a, b, none] = [
    model('a', 1),
    model('b', 2),
    { id: '0', manifest: { statistics: { source: null, target: set(5) } } },
  ]
  expect(learnedMeans([a, b, none])).toEqual(set(1).mean)
  expect(learnedMeans([none, b, a])).toEqual(set(1).mean)
  expect(learnedMeans([none])).toBeNull()
})
