import { zipSync } from 'fflate'
import { expect, test } from 'vitest'
import { MOST_MODEL_BYTES, sortDrop } from './sortDrop'

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

test('folders, loose files of one, and bare checkpoints are told apart; images are left', async () => {
  const image = dropped('img/image_1.h5', text('whatever'))
  const { models, rest, refused } = await sortDrop(
    [...folder('models/one/'), ...folder(''), dropped('b0.bin', safetensors()), image],
    {},
  )
  expect(outline(models)).toEqual([
    ['models/one', 'folder', FOLDER_FILES],
    ['manifest.json', 'folder', FOLDER_FILES],
    ['b0.bin', 'checkpoint', ['b0.bin']],
  ])
  expect(rest).toEqual([image])
  expect(refused).toEqual([])
})

test('a zip of a model is opened; one with images beside it is left for them too', async () => {
  const pack = (extra: Record<string, Uint8Array> = {}) =>
    zipSync({ 'm/manifest.json': manifest, 'm/weights.safetensors': safetensors(), ...extra })
  const { models, rest } = await sortDrop(
    [dropped('a.zip', pack()), dropped('b.zip', pack({ 'image_1.tif': text('II') }))],
    {},
  )
  expect(outline(models)).toEqual([
    ['a.zip/m', 'folder', ['manifest.json', 'weights.safetensors']],
    ['b.zip/m', 'folder', ['manifest.json', 'weights.safetensors']],
  ])
  expect(rest.map(({ path }) => path)).toEqual(['b.zip'])
  expect(await models[0]!.files['manifest.json']!.text()).toContain('scarp-model')
})

test('what only looks like a part of a model is left to the import', async () => {
  const files = [
    dropped('manifest.json', text('{"name":"a web app"}')),
    dropped('notes/MODEL_CARD.md', text('# Alone')),
    dropped('image_2.tif', safetensors().fill(0, 8, 9)),
    dropped('empty.h5', new Uint8Array()),
  ]
  const { models, rest, refused } = await sortDrop(files, {})
  expect(models).toEqual([])
  expect(rest.map(({ path }) => path).sort()).toEqual(files.map(({ path }) => path).sort())
  expect(refused).toEqual([])
})

test('a broken .safetensors is still a model: its reader says what is wrong', async () => {
  const { models } = await sortDrop([dropped('broken.safetensors', text('not at all'))], {})
  expect(outline(models)).toEqual([['broken.safetensors', 'checkpoint', ['broken.safetensors']]])
})

test('pickles are refused with the way out, zipped or plain', async () => {
  const { refused, rest } = await sortDrop(
    [
      dropped(
        'model.pt',
        zipSync({ 'archive/data.pkl': Uint8Array.of(128, 2), 'archive/data/0': text('0') }),
      ),
      dropped('old.pth', Uint8Array.of(0x80, 0x02, 0x8a)),
    ],
    {},
  )
  expect(refused.map(({ path, code }) => [path, code])).toEqual([
    ['model.pt', 'file-unsupported'],
    ['old.pth', 'file-unsupported'],
  ])
  expect(refused[0]!.message).toContain('save_file')
  expect(rest).toEqual([])
})

test('more than 1 GiB is refused without being read, and a cancelled sorting ends', async () => {
  const huge = { size: MOST_MODEL_BYTES + 1, slice: () => new Blob([safetensors()]) } as unknown as Blob
  const { refused, models } = await sortDrop([{ path: 'huge.safetensors', file: huge }], {})
  expect(refused).toMatchObject([{ code: 'file-too-large', message: expect.stringContaining('1 GiB') }])
  expect(models).toEqual([])
  await expect(sortDrop(folder(''), { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'aborted',
  })
})
