import { zipSync } from 'fflate'
import { expect, test } from 'vitest'
import { writeMaskGeotiff } from '../../core/export/resultGeotiffs'
import type { RefusedFile, Remark } from '../../core/patches/importPatches'
import { SNIFF_BYTES } from '../../core/raster/inputFile'
import { openRaster } from '../../core/raster/openRaster'
import { tinyHdf5 } from '../../core/raster/testing/tinyHdf5'
import type { PatchRecord } from '../../core/review/records'
import { scenePieceFixture } from '../../core/review/records.testing'
import { archiveMethods } from '../../storage/archive/archiveMethods'
import type { ProjectStore } from '../../storage/projectStore'
import { patchFile } from '../patchFile.testing'
import type { FilesApi, ImportEvent, MaskOfPatch, SceneDrop } from '../protocol'
import type { DroppedModel } from '../protocolModels'
import { importDrop, MOST_MODEL_BYTES } from './importDrop'
import { readMasks } from './readMasks'
import { SceneDrops } from './sceneDrops'

const text = (content: string) => new TextEncoder().encode(content)
const manifest = text('{ "format": "scarp-model", "version": 1 }')

/** A header of that many bytes, and data behind it. */
function safetensors(
  json = '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8 + json.length + 1)
  new DataView(bytes.buffer).setUint32(0, json.length, true)
  bytes.set(text(json), 8)
  return bytes
}

const dropped = (path: string, bytes: Uint8Array) => ({
  path,
  file: new Blob([bytes as Uint8Array<ArrayBuffer>]),
})
const outline = (models: { path: string; kind: string; files: Record<string, Blob> }[]) =>
  models.map(({ path, kind, files }) => [path, kind, Object.keys(files).sort()])

const folder = (at: string) => [
  dropped(`${at}manifest.json`, manifest),
  dropped(`${at}weights.safetensors`, safetensors()),
  dropped(`${at}golden.safetensors`, safetensors()),
  dropped(`${at}MODEL_CARD.md`, text('# A model')),
]
const FOLDER_FILES = ['MODEL_CARD.md', 'golden.safetensors', 'manifest.json', 'weights.safetensors']

/** What an import needs of a project, in memory. */
function memoryStore() {
  const records: PatchRecord[] = []
  const history: { patchId: string }[] = []
  const store = {
    patches: async () => [...records],
    removedPatches: async () => [],
    putPatch: async (record: PatchRecord) => void records.push({ ...record }),
    removePatch: async (id: string) => {
      records.splice(
        records.findIndex(record => record.id === id),
        1,
      )
    },
    updatePatches: async () => undefined,
    history: async () => history,
    unfinishedRound: async () => null,
    inspectArchive: archiveMethods('test', {} as never, {} as never).inspectArchive,
  }
  return { store: store as unknown as ProjectStore, records, history }
}

interface Heard {
  added: string[]
  events: Extract<ImportEvent, { kind: 'added' | 'left-out' }>[]
  remarks: Remark[]
  refused: RefusedFile[]
  models: DroppedModel[]
  masks: MaskOfPatch[]
  archives: Extract<ImportEvent, { kind: 'archive' }>[]
  scenes: SceneDrop[]
  labels: string[]
}

async function drop(
  files: { path: string; file: Blob }[],
  {
    store = memoryStore().store,
    signal = new AbortController().signal,
    onProgress = (): void => undefined,
  } = {},
  again?: FilesApi['import']['request']['again'],
): Promise<Heard> {
  const heard: Heard = {
    added: [],
    events: [],
    remarks: [],
    refused: [],
    models: [],
    masks: [],
    archives: [],
    scenes: [],
    labels: [],
  }
  await importDrop(
    store,
    openRaster,
    new SceneDrops(openRaster, () => null),
    { files, domain: 'auto', again },
    {
      signal,
      onProgress({ label, done, total }) {
        heard.labels.push(`${label} ${done}/${total}`)
        onProgress()
      },
      onEvent(event) {
        if (event.kind === 'added' || event.kind === 'left-out') heard.events.push(event)
        if (event.kind === 'added') heard.added.push(event.path)
        else if (event.kind === 'remark' || event.kind === 'left-out') heard.remarks.push(event)
        else if (event.kind === 'refused') heard.refused.push(event)
        else if (event.kind === 'model') heard.models.push(event.model)
        else if (event.kind === 'mask') heard.masks.push({ path: event.path, patchId: event.patchId })
        else if (event.kind === 'scenes') heard.scenes.push(event.drop)
        else heard.archives.push(event)
      },
    },
  )
  return heard
}

test('folders, loose files of one, and bare checkpoints are told apart from images', async () => {
  const image = { path: 'img/image_1.h5', file: await patchFile('img', 1) }
  const { models, added, refused } = await drop([
    ...folder('models/one/'),
    ...folder(''),
    dropped('b0.bin', safetensors()),
    image,
  ])
  expect(outline(models)).toEqual([
    ['models/one', 'folder', FOLDER_FILES],
    ['manifest.json', 'folder', FOLDER_FILES],
    ['b0.bin', 'checkpoint', ['b0.bin']],
  ])
  expect(added).toEqual(['img/image_1.h5'])
  expect(refused).toEqual([])
})

test('a zip gives its models and its images', async () => {
  const image = new Uint8Array(await (await patchFile('img', 2)).arrayBuffer())
  const pack = (extra: Record<string, Uint8Array> = {}) =>
    zipSync({ 'm/manifest.json': manifest, 'm/weights.safetensors': safetensors(), ...extra })
  const { models, added, refused } = await drop([
    dropped('a.zip', pack()),
    dropped('b.zip', pack({ 'image_2.h5': image, 'broken.tif': text('II') })),
  ])
  expect(outline(models)).toEqual([
    ['a.zip/m', 'folder', ['manifest.json', 'weights.safetensors']],
    ['b.zip/m', 'folder', ['manifest.json', 'weights.safetensors']],
  ])
  expect(added).toEqual(['b.zip/image_2.h5'])
  expect(refused.map(({ path }) => path)).toEqual(['b.zip/broken.tif'])
  expect(await models[0]!.files['manifest.json']!.text()).toContain('scarp-model')
})

test('what only looks like a part of a model is taken for an image, or passed over as notes', async () => {
  const { models, refused } = await drop([
    dropped('manifest.json', text('{"name":"a web app"}')),
    dropped('notes/MODEL_CARD.md', text('# Alone')),
    dropped('image_2.tif', safetensors().fill(0, 8, 9)),
    dropped('empty.h5', new Uint8Array()),
  ])
  expect(models).toEqual([])
  expect(refused.map(({ path, code }) => [path, code])).toEqual([
    ['image_2.tif', 'file-unsupported'],
    ['empty.h5', 'file-malformed'],
  ])
})

test('a broken .safetensors is still a model: its reader says what is wrong', async () => {
  const { models, refused } = await drop([dropped('broken.safetensors', text('not at all'))])
  expect(outline(models)).toEqual([['broken.safetensors', 'checkpoint', ['broken.safetensors']]])
  expect(refused).toEqual([])
})

test('pickles are refused with the way out, zipped or plain', async () => {
  const { refused } = await drop([
    dropped('model.pt', zipSync({ 'archive/data.pkl': Uint8Array.of(128, 2), 'archive/data/0': text('0') })),
    dropped('old.pth', Uint8Array.of(0x80, 0x02, 0x8a)),
  ])
  expect(refused.map(({ path, code }) => [path, code])).toEqual([
    ['model.pt', 'file-unsupported'],
    ['old.pth', 'file-unsupported'],
  ])
  expect(refused[0]!.message).toContain('save_file')
  expect(refused[1]!.message).toContain('save_file')
})

test('more than 1 GiB is refused without being read', async () => {
  const huge = { size: MOST_MODEL_BYTES + 1, slice: () => new Blob([safetensors()]) } as unknown as Blob
  const { refused, models } = await drop([{ path: 'huge.safetensors', file: huge }])
  expect(refused).toMatchObject([{ code: 'file-too-large', message: expect.stringContaining('1 GiB') }])
  expect(models).toEqual([])
})

const archive = (name = 'Wenchuan') => {
  const project = { name, patches: 0, verdicts: 0, steps: 0, rounds: 0, models: 0 }
  const content = { format: 'scarp-project', version: 1, project, unsavedChanges: 0, entries: [] }
  return zipSync({ 'scarp-project.json': text(JSON.stringify(content)) })
}

test('an archive is reported with what it holds and not opened; a damaged one is refused', async () => {
  const image = { path: 'image_3.h5', file: await patchFile('img', 3) }
  const { archives, added } = await drop([dropped('one.scarp.zip', archive()), image])
  expect(archives).toMatchObject([{ path: 'one.scarp.zip', summary: { name: 'Wenchuan', patches: 0 } }])
  expect(archives[0]!.file.size).toBeGreaterThan(0)
  expect(added).toEqual(['image_3.h5'])
  const damaged = dropped('two.zip', zipSync({ 'scarp-project.json': text('{}') }))
  expect((await drop([damaged])).refused).toMatchObject([{ path: 'two.zip', code: 'file-malformed' }])
})

test('of two archives none is taken, nor anything beside them', async () => {
  const { store, records } = memoryStore()
  const files = [
    dropped('one.zip', archive()),
    dropped('two.zip', archive()),
    { path: 'image_4.h5', file: await patchFile('img', 4) },
  ]
  await expect(drop(files, { store })).rejects.toMatchObject({
    code: 'bad-argument',
    message: expect.stringContaining('one project archive at a time'),
  })
  expect(records).toEqual([])
})

test('each patch, remark and refusal is reported as it comes, and progress counts', async () => {
  const image = await patchFile('img', 5)
  const { added, remarks, refused, labels } = await drop([
    { path: 'img/image_5.h5', file: image },
    { path: 'mask/mask_5.h5', file: await patchFile('mask', 5) },
    { path: 'copy/image_5.h5', file: image },
    dropped('x.png', Uint8Array.of(0x89, 0x50, 0x4e, 0x47)),
    { path: 'mask/mask_6.h5', file: await patchFile('mask', 6) },
  ])
  expect(added).toEqual(['img/image_5.h5'])
  expect(remarks).toMatchObject([
    { path: 'copy/image_5.h5', message: expect.stringContaining('the same pixels as img/image_5.h5') },
  ])
  expect(refused.map(({ path, code }) => [path, code])).toEqual([
    ['mask/mask_6.h5', 'pair-missing'],
    ['x.png', 'file-unsupported'],
  ])
  expect(labels).toEqual([
    'Looking at img/image_5.h5 0/5',
    'Looking at mask/mask_5.h5 1/5',
    'Looking at copy/image_5.h5 2/5',
    'Looking at x.png 3/5',
    'Looking at mask/mask_6.h5 4/5',
    'Reading img/image_5.h5 0/3',
    'Reading copy/image_5.h5 1/3',
    'Reading x.png 2/3',
    'Reading files 3/3',
  ])
})

test('a mask of a patch that is in the project is offered, not refused, with or without its image', async () => {
  const { store, records } = memoryStore()
  const image = { path: 'a/img/image_5.h5', file: await patchFile('img', 5) }
  const mask = { path: 'later/mask_5.h5', file: await patchFile('mask', 5) }
  await drop([image], { store })
  const [patch] = records
  const alone = await drop([mask], { store })
  expect(alone.masks).toEqual([{ path: mask.path, patchId: patch!.id }])
  expect(alone.refused).toEqual([])
  expect(alone.remarks).toMatchObject([{ path: mask.path, reason: 'mask-to-attach' }])
  const pair = [
    { ...image, path: 'b/img/image_5.h5' },
    { ...mask, path: 'b/mask/mask_5.h5' },
  ]
  const again = await drop(pair, { store })
  expect(again.masks).toEqual([{ path: 'b/mask/mask_5.h5', patchId: patch!.id }])
  expect(again.remarks).toMatchObject([{ path: 'b/img/image_5.h5', reason: 'label-unused' }])

  const context = { signal: new AbortController().signal, onProgress: () => undefined }
  const asked = { files: pair, masks: again.masks }
  const read = await readMasks({ patch: async () => patch! }, openRaster, asked, context)
  expect(read).toMatchObject({ masks: [{ ...again.masks[0], notes: [] }], refused: [] })
  expect(read.masks[0]!.mask).toHaveLength(patch!.width * patch!.height)
  const small = { patch: async () => ({ ...patch!, width: 7 }) }
  expect((await readMasks(small, openRaster, asked, context)).refused).toMatchObject([
    { code: 'shape-mismatch' },
  ])
})

test('a cancelled import ends between files, and keeps what it stored', async () => {
  await expect(drop(folder(''), { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
  const { store, records } = memoryStore()
  const controller = new AbortController()
  let looks = 0
  const files = await Promise.all(
    [6, 7, 8].map(async number => ({ path: `image_${number}.h5`, file: await patchFile('img', number) })),
  )
  // Three looks, then the first patch is read.
  const onProgress = () => {
    if (++looks === 5) controller.abort()
  }
  await expect(drop(files, { store, signal: controller.signal, onProgress })).rejects.toMatchObject({
    code: 'aborted',
  })
  expect(records.map(({ path }) => path)).toEqual(['image_6.h5'])
})

/** A file that notes every range that is read of it. */
function watched(path: string, bytes: Uint8Array) {
  const file = new Blob([bytes as Uint8Array<ArrayBuffer>])
  const ranges: [number, number][] = []
  const slice = file.slice.bind(file)
  file.slice = (begin = 0, end = file.size) => {
    ranges.push([begin, end])
    return slice(begin, end)
  }
  return { path, file, ranges }
}

test('every head, every directory of a zip and every member of one is read once', async () => {
  const bytesOf = async (file: Blob) => new Uint8Array(await file.arrayBuffer())
  const image = await bytesOf(await patchFile('img', 9))
  const mask = await bytesOf(await patchFile('mask', 9))
  const weights = safetensors(JSON.stringify({ padding: 'x'.repeat(3000) }))
  const stored = (bytes: Uint8Array): [Uint8Array, { level: 0 }] => [bytes, { level: 0 }]
  const loose = [
    watched('img/image_9.h5', image),
    watched('b0.safetensors', weights),
    watched('b0.bin', weights),
    watched('noise.h5', new Uint8Array(4000).fill(7)),
  ]
  const zips = [
    watched(
      'a.zip',
      zipSync({ 'm/manifest.json': stored(manifest), 'm/weights.safetensors': stored(weights) }),
    ),
    watched('b.zip', zipSync({ 'img/image_9.h5': stored(image), 'mask/mask_9.h5': stored(mask) })),
    watched('one.scarp.zip', zipSync({ 'scarp-project.json': text('{}'), x: stored(new Uint8Array(4000)) })),
  ]
  const { added, models } = await drop([...loose, ...zips])
  expect(added).toEqual(['img/image_9.h5'])
  expect(models).toHaveLength(3)

  const times = (ranges: [number, number][], begin: number, end: number) =>
    ranges.filter(range => range[0] === begin && range[1] === end).length
  for (const { path, file, ranges } of [...loose, ...zips]) {
    expect(times(ranges, 0, SNIFF_BYTES), `head of ${path}`).toBe(1)
    if (!path.endsWith('.zip')) continue
    // The end record, found in the last 64 KiB, says where the directory lies.
    const tail = Math.max(0, file.size - 65_577)
    expect(times(ranges, tail, file.size), `end of ${path}`).toBe(1)
    const bytes = await bytesOf(file)
    const end = new DataView(bytes.buffer, bytes.length - 22)
    const [size, offset] = [end.getUint32(12, true), end.getUint32(16, true)]
    expect(times(ranges, offset, offset + size), `directory of ${path}`).toBe(1)
    const members = ranges.filter(([begin, to]) => to - begin === 30)
    expect(new Set(members.map(([begin]) => begin)).size, `members of ${path}`).toBe(members.length)
  }
})

/** A Landslide4Sense file whose reflectances are so many times raw values. */
async function scaledFile(factor: number, number: number): Promise<Blob> {
  const side = 16
  const data = Float64Array.from({ length: side * side * 14 }, (_, index) => {
    const band = index % 14
    const pixel = Math.floor(index / 14)
    if (band > 11) return 10 + (pixel % 7)
    return (band === 9 ? 12 : 1000 + 50 * band + 40 * number + ((pixel * 53) % 400)) * factor
  })
  const bytes = await tinyHdf5([{ name: 'img', data, shape: [side, side, 14] }])
  return new Blob([bytes as Uint8Array<ArrayBuffer>])
}

test('an image of unclear scale is taken once a scale is chosen, and nothing else of the drop is read again', async () => {
  const { store, records } = memoryStore()
  const files = [
    { path: 'clear.h5', file: await scaledFile(1, 1) },
    { path: 'unclear.h5', file: await scaledFile(0.25, 2) },
    dropped('b0.safetensors', safetensors()),
    dropped('x.png', Uint8Array.of(0x89, 0x50, 0x4e, 0x47)),
  ]
  const first = await drop(files, { store })
  expect(first.added).toEqual(['clear.h5'])
  expect(first.refused.map(({ path, code }) => [path, code])).toContainEqual(['unclear.h5', 'scale-unknown'])
  const images = [{ path: 'unclear.h5', patchId: null }]
  const second = await drop(files, { store }, { images, scale: 'x1000' })
  expect(second).toMatchObject({ added: ['unclear.h5'], refused: [], models: [] })
  expect(second.events).toMatchObject([{ kind: 'added', replaced: false, scaleInDoubt: false }])
  expect(records.map(({ path, scale }) => [path, scale])).toEqual([
    ['clear.h5', 'raw'],
    ['unclear.h5', 'x1000'],
  ])
})

test('an image in doubt says so, and another scale replaces its patch in its place', async () => {
  const { store, records } = memoryStore()
  // Dark raw values, as of shadow and water: of the size of reflectance x 1000.
  const files = [
    { path: 'dark.h5', file: await scaledFile(0.2, 1) },
    { path: 'clear.h5', file: await scaledFile(1, 2) },
  ]
  const { events } = await drop(files, { store })
  expect(events).toMatchObject([
    { path: 'dark.h5', scaleInDoubt: true },
    { path: 'clear.h5', scaleInDoubt: false },
  ])
  const [before] = records
  expect(before).toMatchObject({ path: 'dark.h5', scale: 'x1000', order: 0 })
  const images = [{ path: 'dark.h5', patchId: before!.id }]
  const again = await drop(files, { store }, { images, scale: 'raw' })
  expect(again.events).toMatchObject([{ kind: 'added', replaced: true, scaleInDoubt: true }])
  expect(records).toHaveLength(2)
  expect(records.find(({ path }) => path === 'dark.h5')).toMatchObject({ scale: 'raw', order: 0 })
  expect(records.some(({ id }) => id === before!.id)).toBe(false)
  const same = records.find(({ path }) => path === 'dark.h5')!.id
  const repeated = await drop(
    files,
    { store },
    { images: [{ path: 'dark.h5', patchId: same }], scale: 'raw' },
  )
  expect(repeated.events).toMatchObject([{ kind: 'left-out', patchId: same }])
})

test('a patch that was edited or judged is not replaced, and of another file none is', async () => {
  const { store, records, history } = memoryStore()
  const files = [{ path: 'dark.h5', file: await scaledFile(0.2, 1) }]
  await drop(files, { store })
  const patchId = records[0]!.id
  history.push({ patchId })
  const kept = await drop(files, { store }, { images: [{ path: 'dark.h5', patchId }], scale: 'raw' })
  expect(kept.events).toMatchObject([
    { kind: 'left-out', patchId, message: expect.stringContaining('edited or judged') },
  ])
  expect(records.map(({ id }) => id)).toEqual([patchId])
  // A file of the same name from elsewhere: its patch is new, and the one that was there stays.
  const other = [{ path: 'dark.h5', file: await scaledFile(0.3, 3) }]
  await drop(other, { store }, { images: [{ path: 'dark.h5', patchId: null }], scale: 'x1000' })
  expect(records).toHaveLength(2)
})

test("a mosaic of a scene's masks is offered to the cells on its grid, whatever it is called", async () => {
  const { store, records } = memoryStore()
  const cells = [scenePieceFixture(1), scenePieceFixture(2)]
  records.push(...cells)
  const bytes = await writeMaskGeotiff({
    ...{ mask: Uint8Array.of(0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0), width: 6, height: 2 },
    georeference: { ...cells[0]!.georeference! },
    ...{ metadata: {}, name: 'event' },
  })
  const files = [dropped('event_mask.tif', bytes)]
  for (const name of ['event_mask.tif', 'edited in a GIS.tif']) {
    const { masks, remarks, refused } = await drop([dropped(name, bytes)], { store })
    expect(refused).toEqual([])
    expect(masks).toEqual(cells.map(({ id }) => ({ path: name, patchId: id })))
    expect(remarks).toMatchObject([
      { reason: 'mask-to-attach', message: 'It lies on the grid of 2 cells of a scene.' },
    ])
  }
  // On another grid it is an image that lacks bands.
  const away = await writeMaskGeotiff({
    ...{ mask: new Uint8Array(12), width: 6, height: 2, metadata: {}, name: 'event' },
    georeference: { crs: 'EPSG:32601', transform: [5e5, 10, 0, 1e6, 0, -10] as const, geoKeys: null },
  })
  const other = await drop([dropped('edited.tif', away)], { store })
  expect(other.refused).toMatchObject([{ code: 'bands-mismatch' }])
  // Without cells it is a mask without its image, as ever.
  const empty = await drop(files)
  expect(empty.refused).toMatchObject([{ code: 'pair-missing' }])
})
