import { expect, test } from 'vitest'
import {
  bandRows,
  choicesInDrop,
  fieldOfError,
  openQuestion,
  presetChoices,
  type SceneBuilder,
} from './builder'
import { foundScene, sceneDrop, terrain } from './scenes.testing'

const scene = foundScene('a')
const drop = sceneDrop([scene])

function builderOf(change: Partial<SceneBuilder> = {}): SceneBuilder {
  return {
    drop,
    refused: [],
    scene: 'a',
    choices: { a: presetChoices(scene, drop) },
    ordered: [],
    confirmed: [],
    changed: false,
    plan: null,
    ...change,
  }
}

test('everything that came with a scene is chosen for it', () => {
  const whole = sceneDrop([scene], {
    elevation: [terrain('n.tif'), terrain('s.tif')],
    slopes: [terrain('slope.tif', 'slope')],
    areas: ['event.geojson'],
  })
  expect(presetChoices(scene, whole)).toEqual({
    scene: 'a',
    bands: {},
    quantification: null,
    offset: null,
    resampling: 'nearest',
    elevation: ['n.tif', 's.tif'],
    slope: 'slope.tif',
    area: { kind: 'file', path: 'event.geojson' },
  })
  // Which of two areas is meant, nobody knows.
  expect(presetChoices(scene, sceneDrop([scene], { areas: ['a.gpkg', 'b.gpkg'] })).area).toBeNull()
})

test('a scene that was cut off is chosen as it was', () => {
  const file = (path: string) => ({ path, band: 0, factor: 1, scale: 10, offset: -100 })
  const record = {
    id: 's',
    name: 'a',
    at: '',
    recipe: {
      name: 'a',
      grid: scene.grid!,
      bands: [file('a/B1.jp2'), { value: 3 }],
      resampling: 'bilinear' as const,
      elevation: ['old/dem.tif', 'gone.tif'],
      slope: null,
    },
    level: null,
    tile: null,
    sensed: null,
    synthetic: [],
    window: { column: 0, row: 0, width: 10, height: 10 },
    area: { name: 'drawn', polygons: [[[0, 0, 9, 0, 9, 9]]] },
    samples: [],
    pieces: 4,
    complete: false,
  }
  const unknown = foundScene('a', {
    quantification: { value: null, evidence: 'asked' },
    offset: { value: null, byBand: {}, evidence: 'asked' },
  })
  expect(presetChoices(unknown, drop, record)).toMatchObject({
    quantification: 1000,
    offset: -100,
    resampling: 'bilinear',
    elevation: ['dem.tif'],
    area: { kind: 'drawn', polygons: [[[0, 0, 9, 0, 9, 9]]] },
  })
  // What was found out again needs no answer.
  expect(presetChoices(scene, drop, record).offset).toBeNull()
})

test('files that join keep what was chosen, and are taken for what was missing', () => {
  const bare = sceneDrop([scene], { elevation: [] })
  const before = { ...presetChoices(scene, bare), quantification: 1000, bands: { B10: null } }
  const joined = sceneDrop([scene], { elevation: [terrain('dem.tif')], areas: ['event.gpkg'] })
  expect(choicesInDrop(before, scene, joined, bare)).toEqual({
    ...before,
    elevation: ['dem.tif'],
    area: { kind: 'file', path: 'event.gpkg' },
  })
  // One that was unticked stays so.
  const without = { ...before, elevation: [] }
  expect(choicesInDrop(without, scene, joined, joined).elevation).toEqual([])
  // An area that was drawn is worth more than a file.
  const drawn = { ...before, area: { kind: 'drawn' as const, polygons: [[[0, 0, 1, 0, 1, 1]]] } }
  expect(choicesInDrop(drawn, scene, joined, bare).area).toBe(drawn.area)
})

test('a band can be any file of that band, or any of the scene where the order was assumed', () => {
  const other = foundScene('b')
  const two = sceneDrop([scene, other])
  const row = (rows: ReturnType<typeof bandRows>, name: string) => rows.find(({ band }) => band === name)!
  const named = row(bandRows(scene, presetChoices(scene, two), two), 'B4')
  expect(named.candidates.map(({ path }) => path)).toEqual(['a/B4.jp2', 'b/B4.jp2'])
  const assumed = foundScene('a', { naming: 'assumed' })
  const any = row(bandRows(assumed, presetChoices(assumed, drop), sceneDrop([assumed])), 'B4')
  expect(any.candidates).toHaveLength(13)
  expect(any.candidates[0]?.path).toBe('a/B4.jp2')
  const choices = { ...presetChoices(scene, drop), bands: { B10: null }, offset: -1000 }
  expect(row(bandRows(scene, choices, drop), 'B10')).toMatchObject({
    file: null,
    dispensable: true,
    offset: -1000,
  })
  // Of another size: it can't be of this scene.
  const small = foundScene('c', {
    bands: { B4: { name: 'B4', path: 'c/B4.jp2', band: 0, width: 77, height: 77, resolution: 10 } },
  })
  const mixed = sceneDrop([scene, small])
  expect(row(bandRows(scene, presetChoices(scene, mixed), mixed), 'B4').candidates).toHaveLength(1)
})

test('what was not found out has to be answered, one question after another', () => {
  const unknown = foundScene('a', {
    naming: 'assumed',
    quantification: { value: null, evidence: 'asked' },
    offset: { value: null, byBand: {}, evidence: 'asked' },
  })
  const asked = sceneDrop([unknown], { elevation: [] })
  let choices = presetChoices(unknown, asked)
  let ordered: string[] = []
  const question = () => openQuestion(builderOf({ drop: asked, choices: { a: choices }, ordered }))
  expect(question()?.field).toBe('bands')
  ordered = ['a']
  expect(question()?.message).toContain('reflectance of 1')
  choices = { ...choices, quantification: 1000 }
  expect(question()?.message).toContain('offset')
  choices = { ...choices, offset: 0 }
  expect(question()?.field).toBe('elevation')
  choices = { ...choices, elevation: ['dem.tif'], area: { kind: 'drawn', polygons: [] } }
  expect(question()?.field).toBe('area')
  choices = { ...choices, area: null }
  expect(question()).toBeNull()
  expect(openQuestion(builderOf({ scene: null }))?.field).toBe('scene')
})

test('an error of the plan is shown at what mends it', () => {
  const choices = {
    ...presetChoices(scene, drop),
    slope: 'slopes/slope.tif',
    area: { kind: 'file' as const, path: 'event.geojson' },
  }
  const at = (message: string, code: Parameters<typeof fieldOfError>[0]['code'] = 'file-unsupported') =>
    fieldOfError({ code, message }, choices)
  expect(at('"a" does not say by what', 'scale-unknown')).toBe('values')
  expect(at('"a" lacks B4.', 'bands-mismatch')).toBe('bands')
  expect(at('The area "event.geojson" lies elsewhere')).toBe('area')
  expect(at('"dem.tif" is in EPSG:1, which is not known')).toBe('elevation')
  expect(at('"slope.tif" has values above 90')).toBe('slope')
  expect(at('No elevation model covers the scene.')).toBe('elevation')
  expect(at('"a" does not say where it lies')).toBe('scene')
})
