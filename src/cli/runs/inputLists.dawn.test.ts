import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { INSTRUMENT_BANDS } from '../../core/scenes/bandNames'
import { sceneTiff } from '../../core/scenes/testing/sceneTiff'
import { recordingIo } from '../commandIo.testing'
import { COMMANDS } from '../commands'
import { runCommandLine } from '../runCommandLine'
import { makeInputs } from './inputs.testing'
import type { RunManifest } from './manifest'

const root = resolve(import.meta.dirname, '../../..')

let folder: string
let dem: string
let scenes: string
/** Files of one band each, as items of Sentinel-2 name them. */
const BANDS = INSTRUMENT_BANDS.map(name => ({ name, file: `T33TVM_20200704T095029_${name}.tif` }))
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scarp-items-'))
  const inputs = await makeInputs(folder, [48, 64, 48, 48])
  dem = inputs.dem
  scenes = inputs.folder
  await mkdir(join(folder, 'scène 33'))
  for (const [index, { file }] of BANDS.entries()) {
    const dark = index === INSTRUMENT_BANDS.indexOf('B10')
    const value = (_: number, pixel: number) => (dark ? 10 : 400 + 100 * index) + (pixel % 97)
    const tiff = sceneTiff(file, { width: 48, height: 48, value })
    await writeFile(join(folder, 'scène 33', file), await tiff.slice(0, tiff.size))
  }
})
afterAll(() => rm(folder, { recursive: true }))

let runs = 0

/** Plans these paths; the manifest is null where that was refused. */
async function plan(...paths: string[]) {
  const { io, notes } = recordingIo(undefined, root)
  const out = join(folder, `run-${++runs}`)
  const words = ['plan', ...paths, '--dem', dem, '--models', join(root, 'models'), '--shards', '1']
  const code = await runCommandLine([...words, '--out', out], COMMANDS, io)
  const text = await readFile(join(out, 'manifest.json'), 'utf8').catch(() => null)
  const manifest = text === null ? null : (JSON.parse(text) as RunManifest)
  return { code, notes: notes.join('\n'), manifest }
}

const item = (id: string, hrefs: Record<string, string>) => ({
  ...{
    type: 'Feature',
    stac_version: '1.0.0',
    id,
    geometry: null,
    properties: { datetime: null },
    links: [],
  },
  assets: Object.fromEntries(Object.entries(hrefs).map(([key, href]) => [key, { href, roles: ['data'] }])),
})

async function write(name: string, content: unknown): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const namesOf = (manifest: RunManifest | null) => manifest?.inputs.map(({ name }) => name)

test('items and item collections are planned by their assets, wherever these lie', async () => {
  // A band a file, hrefs percent-encoded; a picture and a file of JSON are no part of a scene.
  const bands = await write(
    'bands.json',
    item('S2A_33TVM', {
      thumbnail: 'https://example.org/preview.jpg',
      tileinfo: './tileInfo.json',
      ...Object.fromEntries(BANDS.map(({ name, file }) => [name, `./sc%C3%A8ne%2033/${file}`])),
    }),
  )
  const one = await plan(bands)
  expect([one.code, one.manifest?.inputs.length], one.notes).toEqual([0, 1])
  const [scene] = one.manifest!.inputs
  expect(scene).toMatchObject({ kind: 'scene', pixels: 48 * 48 })
  expect(scene!.files.map(({ path }) => path)).toEqual(
    BANDS.map(({ file }) => join(folder, 'scène 33', file)).sort(),
  )

  // A collection: a relative path, one written with its spaces, an absolute path, a URL of a file.
  const [first, second] = ['scene_01.tif', 'scene_02.tif'].map(name => join(scenes, name)) as [string, string]
  const collection = await write('search.json', {
    type: 'FeatureCollection',
    features: [
      item('relative', { data: 'scenes/scene_03.tif' }),
      item('absolute', { data: first }),
      item('url', { data: pathToFileURL(second).href }),
      item('bands', Object.fromEntries(BANDS.map(({ name, file }) => [name, `scène 33/${file}`]))),
    ],
  })
  const many = await plan(collection)
  expect(many.code, many.notes).toBe(0)
  expect(namesOf(many.manifest)).toEqual(expect.arrayContaining(['scene_01', 'scene_02', 'scene_03']))
  expect(many.manifest!.inputs).toHaveLength(4)
  // They are those that a plan of the files themselves has.
  const plain = await plan(first, second, join(scenes, 'scene_03.tif'), join(folder, 'scène 33'))
  const contents = ({ inputs }: RunManifest) =>
    Object.fromEntries(inputs.map(({ name, pixels, files }) => [name, [pixels, files]]))
  expect(contents(many.manifest!)).toEqual(contents(plain.manifest!))
})

test('a list names files and items, relative to itself, each once', async () => {
  await write('third.json', item('third', { data: 'scenes/scene_03.tif' }))
  const list = await write(
    'list.txt',
    '# of the event\r\nscenes/scene_01.tif \r\n\r\n./third.json\r\nscenes/scene_01.tif\n',
  )
  const { code, manifest, notes } = await plan(list, join(scenes, 'scene_03.tif'))
  expect([code, namesOf(manifest)], notes).toEqual([0, ['scene_01', 'scene_03']])
})

test('what cannot be planned is refused with its name and what to do, and no run is begun', async () => {
  const sound = { data: 'scenes/scene_01.tif' }
  const cases: [string, unknown, RegExp][] = [
    ['text', 'no JSON', /"[^"]*text\.json" is no STAC item or item collection\. Give scenes/],
    ['number', '3', /number\.json" is no STAC item/],
    [
      'area',
      { type: 'FeatureCollection', features: [{ type: 'Feature', geometry: null, properties: {} }] },
      /area\.json" is no STAC item/,
    ],
    ['without', { ...item('a', sound), assets: undefined }, /without\.json" is no STAC item/],
    [
      'catalogue',
      { type: 'Collection', id: 'x', stac_version: '1.0.0', links: [] },
      /it is a collection, which names items/,
    ],
    [
      'remote',
      item('S2A_1', { B02: 's3://bucket/B02.jp2' }),
      /Item "S2A_1" of "[^"]*remote\.json" names s3:\/\/bucket\/B02\.jp2, .*download its assets/,
    ],
    [
      'gone',
      item('S2A_2', { B02: 'gone/B02.jp2' }),
      /Item "S2A_2" .*names gone\/B02\.jp2, and there is no such file\. Copy it there/,
    ],
    ['elsewhere', item('S2A_3', { B02: 'file://server/B02.jp2' }), /Item "S2A_3" .*there is no such file/],
    ['percent', item('S2A_4', { B02: '100%.tif' }), /names 100%\.tif, and there is no such file/],
    [
      'pictures',
      item('S2A_5', { thumbnail: 'a.jpg', info: 'b.json' }),
      /Item "S2A_5" .*no asset that a scene is made of .*it names a\.jpg, b\.json\. Leave it out/,
    ],
    ['empty', item('S2A_6', {}), /Item "S2A_6" .*no asset that a scene is made of .*\)\. Leave it out/],
    [
      'second',
      {
        type: 'FeatureCollection',
        features: [item('ok', sound), item('bad', { B02: 'https://example.org/B02.tif' })],
      },
      /Item "bad" .*which is not on a disk of this machine/,
    ],
  ]
  for (const [name, content, message] of cases) {
    const { code, notes, manifest } = await plan(await write(`${name}.json`, content))
    expect([code, notes, manifest], name).toEqual([2, expect.stringMatching(message), null])
  }
  const nothing = await plan(await write('nothing.json', { type: 'FeatureCollection', features: [] }))
  expect([nothing.code, nothing.manifest]).toEqual([2, null])
  expect(nothing.notes).toContain('Nothing among these files can be predicted')
})
