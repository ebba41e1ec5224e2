import { zipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { hasTool } from '../../core/export/gdal.testing'
import { AppError } from '../../core/foundation/appError'
import { bytesInput } from '../../core/raster/inputFile'
import { openRaster } from '../../core/raster/openRaster'
import { makeSafe } from '../../core/scenes/testing/makeSafe'
import { madeScene } from '../madeScene.testing'
import { patchFile } from '../patchFile.testing'
import { importDrop } from './importDrop'
import type { MemberSpool } from './memberSpool'
import { planScene } from './planScene'
import { SceneDrops } from './sceneDrops'
import {
  choicesOf,
  dropFiles,
  hasScenes,
  hearing,
  MEANS,
  memoryProject,
  pathOfReal,
  realFile,
} from './scenes.testing'

const text = (path: string, content: string) => ({ path, file: new Blob([content]) })
const AREA = '{ "type": "Polygon", "coordinates": [[[14, 45], [15, 45], [15, 46], [14, 45]]] }'

async function zipped(
  path: string,
  files: { path: string; file: Blob }[],
  damage?: (zip: Uint8Array) => void,
) {
  const members: Record<string, Uint8Array> = {}
  for (const file of files) members[file.path] = new Uint8Array(await file.file.arrayBuffer())
  const zip = zipSync(members, { level: 1 }) as Uint8Array<ArrayBuffer>
  damage?.(zip)
  return { path, file: new Blob([zip]) }
}

/** A spool in memory: what it keeps and whether it was removed. */
function countingSpool() {
  const kept: string[] = []
  let removed = 0
  const open = (): MemberSpool => ({
    async spool(path, _size, chunks) {
      const parts: Uint8Array[] = []
      for await (const chunk of chunks) parts.push(chunk.slice())
      kept.push(path)
      return bytesInput(
        path,
        new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer()),
      )
    },
    remove: async () => void removed++,
  })
  return { open, kept, removed: () => removed }
}

describe('a drop with scenes', () => {
  test('gives one event for them, and goes on with patches, masks and models as before', async () => {
    const { bands, elevation } = await madeScene(60, 50)
    const patches = [
      { path: 'img/image_1.h5', file: await patchFile('img', 1) },
      { path: 'mask/mask_1.h5', file: await patchFile('mask', 1) },
    ]
    const { found, added, refused, events } = await dropFiles([
      ...patches,
      bands,
      elevation,
      text('area.geojson', AREA),
      text('picture.tif', 'no picture'),
    ])
    expect(found).toMatchObject([
      {
        scenes: [{ name: 'scene', kind: 'stack' }],
        elevation: [{ path: 'dem_scene.tif', kind: 'elevation' }],
        slopes: [],
        areas: ['area.geojson'],
      },
    ])
    expect(added.map(({ path, hasLabel }) => [path, hasLabel])).toEqual([['img/image_1.h5', true]])
    expect(refused.map(({ path, code }) => [path, code])).toEqual([['picture.tif', 'file-unsupported']])
    expect(events.map(({ kind }) => kind)).toEqual(['refused', 'scenes', 'added'])
  })

  test('of patches alone opens nothing else and keeps nothing', async () => {
    const { found, drops } = await dropFiles([{ path: 'image_1.h5', file: await patchFile('img', 1) }])
    expect(found).toEqual([])
    await expect(drops.use('drop-1', async () => undefined)).rejects.toMatchObject({ code: 'bad-argument' })
  })

  test('is joined by others: all are looked at together, and what was said is not said again', async () => {
    const { bands, elevation } = await madeScene(60, 50)
    const first = await dropFiles([elevation, text('broken.tif', 'no picture'), text('notes.txt', 'x')])
    expect(first.found).toMatchObject([{ scenes: [], elevation: [{ path: 'dem_scene.tif' }] }])
    expect(first.refused.map(({ path }) => path)).toEqual(['broken.tif'])
    const { drops } = first
    await drops.use(first.drop.id, async kept => {
      kept.decodeSeconds = 0.4
    })
    const second = await dropFiles([bands, text('other.tif', 'no picture')], { drops, joins: first.drop.id })
    expect(second.found).toMatchObject([
      { id: first.drop.id, scenes: [{ name: 'scene' }], elevation: [{ path: 'dem_scene.tif' }] },
    ])
    expect(second.refused.map(({ path }) => path)).toEqual(['other.tif'])
    const { plan } = await drops.use(first.drop.id, kept =>
      planScene(memoryProject().store, kept, choicesOf(second.drop), async () => MEANS),
    )
    expect(plan).toMatchObject({ cells: 1, covered: 1 })
    expect(plan.seconds).toBeGreaterThan(0)
    const none = dropFiles([bands], { drops, joins: 'drop-99' })
    await expect(none).rejects.toMatchObject({ code: 'bad-argument' })
  })

  test('is forgotten when others took its place, with what was unpacked of it, once nobody uses it', async () => {
    const { open, kept, removed } = countingSpool()
    const drops = new SceneDrops(openRaster, open)
    // More than 2 MB of bands.
    const { bands, elevation } = await madeScene(300, 300)
    const zip = await zipped('product.zip', [bands, elevation])
    const { drop } = await dropFiles([zip], { drops })
    expect(kept).toEqual(['product.zip/scene.tif'])
    expect(removed()).toBe(0)
    let finish: () => void = () => undefined
    const using = drops.use(drop.id, () => new Promise<void>(resolve => (finish = resolve)))
    for (let i = 0; i < 3; i++) await dropFiles([elevation], { drops })
    await expect(drops.use(drop.id, async () => undefined)).rejects.toBeInstanceOf(AppError)
    expect(removed()).toBe(0)
    finish()
    await using
    expect(removed()).toBe(1)
  })

  test('read again in another scale says nothing of scenes, and keeps none', async () => {
    const { open, removed } = countingSpool()
    const drops = new SceneDrops(openRaster, open)
    const { bands } = await madeScene(60, 50)
    const files = [bands, { path: 'image_1.h5', file: await patchFile('img', 1) }]
    const { context, events } = hearing()
    const again = { images: [{ path: 'image_1.h5', patchId: null }], scale: 'l4s' as const }
    await importDrop(memoryProject().store, openRaster, drops, { files, domain: 'auto', again }, context)
    expect(events.map(({ kind }) => kind)).toEqual(['added'])
    expect(removed()).toBe(1)
  })
})

describe('a hostile zip', () => {
  const name = new TextEncoder().encode('stack.tif')
  test.each<[string, (zip: Uint8Array) => void, string, RegExp]>([
    [
      'with a damaged band',
      zip => zip.fill(0x55, 20_000, 20_100),
      'file-malformed',
      /stack\.tif" in the archive is damaged/,
    ],
    [
      'that claims far more than it holds',
      zip => {
        const at = lastIndexOf(zip, name) - 46 + 24
        new DataView(zip.buffer).setUint32(at, 2 ** 31 - 1, true)
      },
      'file-too-large',
      /stack\.tif" would unpack from \d+ to 2147483647 bytes/,
    ],
  ])('%s is refused once, and the rest is found', async (_, damage, code, message) => {
    const { open, kept, removed } = countingSpool()
    const drops = new SceneDrops(openRaster, open)
    const { bands, elevation } = await madeScene(300, 300)
    const zip = await zipped('product.zip', [{ ...bands, path: 'stack.tif' }, elevation], damage)
    const { found, refused } = await dropFiles([zip], { drops })
    expect(found).toMatchObject([{ scenes: [], elevation: [{ path: 'product.zip/dem_scene.tif' }] }])
    expect(refused).toEqual([
      {
        kind: 'refused',
        path: expect.stringContaining('product.zip'),
        code,
        message: expect.stringMatching(message),
      },
    ])
    expect(kept).toEqual([])
    await drops.close(found[0]!.id)
    expect(removed()).toBe(1)
  })

  test('inside another is refused with what to do', async () => {
    const inner = await zipped('inner.zip', [text('a.tif', 'x')])
    const { found, refused } = await dropFiles([await zipped('outer.zip', [inner])])
    expect(found).toEqual([])
    expect(refused).toMatchObject([
      { path: 'outer.zip/inner.zip', message: expect.stringMatching(/unpack the outer one/) },
    ])
  })
})

function lastIndexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  for (let at = bytes.length - wanted.length; at >= 0; at--) {
    if (wanted.every((byte, i) => bytes[at + i] === byte)) return at
  }
  return -1
}

describe.runIf(hasScenes && hasTool('gdal_translate', '--version'))('a product in a zip', () => {
  test('is found with its elevation, and planned as it is', async () => {
    const { files, layout } = await makeSafe(
      pathOfReal('s2_l1c_slovenia_13band_2.tif'),
      { width: 100, height: 101 },
      'JP2OpenJPEG',
      { x: 465181, y: 5080255 },
    )
    const blobs = await Promise.all(
      files.map(async file => ({
        path: file.path,
        file: new Blob([(await file.slice(0, file.size)) as Uint8Array<ArrayBuffer>]),
      })),
    )
    const zip = await zipped('product.zip', blobs)
    const { drop, drops, refused } = await dropFiles([zip, realFile('dem_slovenia.tif')])
    expect(refused).toEqual([])
    expect(drop.scenes).toMatchObject([{ name: layout.folder.replace('.SAFE', ''), kind: 'safe' }])
    const { plan } = await drops.use(drop.id, kept =>
      planScene(memoryProject().store, kept, choicesOf(drop), async () => MEANS),
    )
    expect(plan).toMatchObject({ cells: 1, pieces: 1, window: { width: 96, height: 96 } })
  })
})
