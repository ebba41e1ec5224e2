import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { openRaster } from '../../core/raster/openRaster'
import type { PatchRecord } from '../../core/review/records'
import { BlockCache } from '../../core/scenes/blockCache'
import { sampleScene } from '../../core/scenes/sampleScene'
import { openSceneStack } from '../../core/scenes/sceneSources'
import { rasterStack } from '../../core/scenes/stack'
import { sceneTiff } from '../../core/scenes/testing/sceneTiff'
import { madeScene } from '../madeScene.testing'
import type { SceneChoices } from '../protocol'
import { addScene } from './addScene'
import { planScene } from './planScene'
import { SceneDrops } from './sceneDrops'
import { choicesOf, dropFiles, hasScenes, hearing, MEANS, memoryProject, realFile } from './scenes.testing'

const means = async () => MEANS

/** Every bit of some pixels, in short. */
function hashOf({ data, valid }: { data: Float32Array; valid: Uint8Array | null }): string {
  return createHash('sha256')
    .update(data)
    .update(valid ?? 'all')
    .digest('hex')
}
const slovenia = () => [realFile('s2_l1c_slovenia_13band_2.tif'), realFile('dem_slovenia.tif')]
const wide = async () => Object.values(await madeScene(1300, 40))
const aberystwyth = () => [realFile('s2_aberystwyth_10band_mosaic.tif'), realFile('SRTM_aber.tif')]

/** A drop with a project, as a person chose it. */
async function chosen(files: { path: string; file: Blob }[], changes: Partial<SceneChoices> = {}) {
  const project = memoryProject()
  const { drop, drops } = await dropFiles(files, { store: project.store })
  const choices = choicesOf(drop, changes)
  const { store } = project
  return {
    ...{ project, choices, drop, drops },
    plan: () => drops.use(drop.id, kept => planScene(store, kept, choices, means)),
    add: (heard = hearing()) =>
      drops.use(drop.id, kept => addScene(store, kept, choices, means, heard.context)),
    /** The scene as one raster. */
    stack: () =>
      drops.use(drop.id, async kept => {
        const { recipe } = await planScene(memoryProject().store, kept, choices, means)
        return { recipe, ...(await openSceneStack(recipe, kept.open)) }
      }),
  }
}

describe.runIf(hasScenes)('a real scene', () => {
  test('is stored as its stack has it, bit for bit, with what the command line knows it by', async () => {
    const { project, plan, add, stack } = await chosen(slovenia())
    const planned = (await plan()).plan
    expect(planned).toMatchObject({
      cells: 1,
      pieces: 1,
      covered: 1,
      continues: null,
      area: null,
      remarks: [],
    })
    expect(planned.window).toEqual({ column: 0, row: 0, width: 100, height: 101 })
    expect(planned.bytes).toBe(Math.round(100 * 101 * (14 * 4 + 1 + 1 + 16 + (14 * 5) / 64)))
    const heard = hearing()
    const { scene, added } = await add(heard)
    const whole = await stack()
    const { data, valid } = await whole.stack.read(planned.window)
    const [cell] = added
    expect(hashOf(project.pixels.get(cell!.id)!)).toBe(hashOf({ data, valid }))
    const { crs, transform } = whole.recipe.grid
    const place = { name: scene.name, georeference: { crs, transform, geoKeys: null } }
    expect(scene.samples).toEqual(await sampleScene(whole.stack, place))
    expect(scene).toMatchObject({ complete: true, level: 'L1C', synthetic: [], pieces: 1, area: null })
    expect(project.scenes.get(scene.id)).toEqual(scene)
    expect(cell).toMatchObject({
      name: 's2_l1c_slovenia_13band_2 r00c00',
      ...{ domain: 'target', hasLabel: false, scale: 'raw', order: 0 },
      cell: { sceneId: scene.id, row: 0, column: 0, window: planned.window },
    })
    expect(cell!.problems).toEqual([
      {
        reason: 'scene',
        message: expect.stringContaining('elevation from dem_slovenia.tif, slope made of the elevation'),
      },
    ])
    expect(heard.events).toMatchObject([{ kind: 'added', patchId: cell!.id, replaced: false }])
  })

  test('in an area has cells there, margins around them, and the models’ mean for absent bands', async () => {
    const drawn = { kind: 'drawn' as const, polygons: [[[300, 400, 620, 400, 620, 700, 300, 700]]] }
    const { project, plan, add, stack } = await chosen(aberystwyth(), { area: drawn, bands: { B9: null } })
    const { plan: planned, pieces } = await plan()
    expect(planned.window).toEqual({ column: 300, row: 400, width: 320, height: 300 })
    expect(planned.area).toEqual([[expect.arrayContaining([expect.closeTo(620, 6)])]])
    expect([planned.cells, planned.pieces]).toEqual([1, 9])
    expect(planned.remarks).toEqual([
      expect.stringMatching(/elevation covers 6\d % of the scene/),
      'The models’ own mean stands for B9.',
    ])
    const { scene, added } = await add()
    expect(added.map(({ cell }) => cell!.window)).toEqual([planned.window])
    expect(scene.synthetic).toEqual(['B1', 'B9', 'B10'])
    expect(scene.area).toMatchObject({ name: 'drawn on the map' })
    const { stack: whole, recipe } = await stack()
    expect(recipe.bands[9]).toEqual({ value: MEANS[9] })
    const stored = [...project.patches.values()]
    expect(stored.filter(({ cell }) => cell!.margin).length).toBeGreaterThan(3)
    for (const { id, cell } of stored) {
      const { data, valid } = await whole.read(cell!.window)
      expect(hashOf(project.pixels.get(id)!)).toBe(hashOf({ data, valid }))
    }
    // What has no valid pixel is left out.
    const ids = new Set(stored.map(({ cell }) => `${cell!.row}/${cell!.column}`))
    for (const { row, column, window } of pieces) {
      const { valid } = await whole.read(window)
      expect(ids.has(`${row}/${column}`)).toBe(valid === null || valid.includes(1))
    }
    expect(added[0]!.problems[0]!.message).toContain('B1, B9, B10')
  })
})

test('a raster of the 14 bands that is too large for a patch goes in with its own slope and elevation', async () => {
  const [width, height] = [700, 30]
  const bytes = sceneTiff('stack.tif', {
    ...{ width, height, bands: 14, synthetic: 'B10' },
    value: (band, pixel) => (band === 9 ? 12 : band === 12 ? pixel % 40 : 400 + 50 * band + (pixel % 211)),
  })
  const file = {
    path: 'stack.tif',
    file: new Blob([(await bytes.slice(0, bytes.size)) as Uint8Array<ArrayBuffer>]),
  }
  const project = memoryProject()
  const { store } = project
  const drops = new SceneDrops(openRaster, () => null, width * height - 1)
  const { drop, added: patches, refused } = await dropFiles([file], { store, drops })
  expect([patches, refused]).toEqual([[], []])
  const choices = choicesOf(drop, { slope: drop.slopes[0]!.path })
  const { scene, added } = await drops.use(drop.id, kept =>
    addScene(store, kept, choices, means, hearing().context),
  )
  expect(scene.synthetic).toEqual(['B10'])
  const raster = rasterStack(await openRaster(bytes, {}), 'raw', MEANS, new BlockCache())
  expect(added).toHaveLength(2)
  for (const { id, cell } of added) {
    expect(hashOf(project.pixels.get(id)!)).toBe(hashOf(await raster.read(cell!.window)))
  }
  // B10, which the product did not have, is the models' mean.
  expect(project.pixels.get(added[0]!.id)!.data[9 * 350 * 30]).toBe(MEANS[9])
  // A smaller one is a patch, as before.
  const small = await dropFiles([file], { store: memoryProject().store })
  expect([small.found, small.added.length]).toEqual([[], 1])
})

describe('a scene of three cells', () => {
  test('begins again once all of its cells were removed', async () => {
    const { project, plan, add } = await chosen(await wide())
    const { added } = await add()
    await expect(plan()).rejects.toMatchObject({ code: 'bad-argument' })
    for (const [id, patch] of project.patches) project.patches.set(id, { ...patch, removed: true })
    expect((await plan()).plan.continues).toBeNull()
    const again = await add()
    expect(again.added).toEqual(added)
    expect([...project.patches.values()].filter(({ removed }) => removed)).toEqual([])
  })

  test('that was cancelled goes on where it was, to what one run makes', async () => {
    const once = await chosen(await wide())
    await once.add()
    const { project, plan, add } = await chosen(await wide())
    const controller = new AbortController()
    const heard = hearing(controller.signal, () => controller.abort())
    await expect(add(heard)).rejects.toMatchObject({ code: 'aborted' })
    expect(project.patches.size).toBe(1)
    const [begun] = project.scenes.values()
    expect(begun).toMatchObject({ complete: false, pieces: 3 })
    expect((await plan()).plan.continues).toBe(begun!.id)
    // As if one more could have held data: whole it counts those that do.
    project.scenes.set(begun!.id, { ...begun!, pieces: 4 })
    const { scene, added } = await add()
    expect(added).toHaveLength(project.patches.size - 1)
    const timeless = (records: Iterable<object>) => [...records].map(record => ({ ...record, at: '' }))
    expect(timeless([scene])).toEqual(timeless(once.project.scenes.values()))
    expect([...project.patches.entries()]).toEqual([...once.project.patches.entries()])
    const hashes = ({ pixels }: typeof project) => [...pixels].map(([id, stored]) => [id, hashOf(stored)])
    expect(hashes(project)).toEqual(hashes(once.project))
    const again = add()
    await expect(again).rejects.toMatchObject({
      code: 'bad-argument',
      message: expect.stringMatching(/is in the project already/),
    })
  })

  test('goes behind the patches of the project, also where some came while it was interrupted', async () => {
    const { project, add } = await chosen(await wide())
    const patch = (id: string, order: number) => project.patches.set(id, { id, order } as PatchRecord)
    patch('before', 7)
    const controller = new AbortController()
    await add(hearing(controller.signal, () => controller.abort())).catch(() => undefined)
    const [first] = [...project.patches.values()].filter(({ cell }) => cell)
    expect(first!.order).toBeGreaterThan(7)
    patch('between', first!.order + 1)
    await add()
    const orders = [...project.patches.values()].map(({ order }) => order)
    expect(new Set(orders).size).toBe(orders.length)
    const cells = [...project.patches.values()].filter(({ cell }) => cell)
    expect(cells.map(({ order }) => order)).toEqual(cells.map(({ order }) => order).sort((a, b) => a - b))
  })

  test('without room for more keeps what is whole', async () => {
    const { project, add } = await chosen(await wide())
    const { putPatch } = project.store
    project.store.putPatch = async (...args) => {
      if (project.patches.size === 2) throw Object.assign(new Error('full'), { code: 'storage-full' })
      return putPatch(...args)
    }
    await expect(add()).rejects.toMatchObject({ code: 'storage-full' })
    expect(project.patches.size).toBe(2)
    project.store.putPatch = putPatch
    expect((await add()).scene.complete).toBe(true)
  })
})

describe.runIf(hasScenes)('what stops a scene is said once, with the fix', () => {
  const square = (left: number, top: number) => ({
    kind: 'drawn' as const,
    polygons: [[[left, top, left + 50, top, left + 50, top + 50, left, top + 50]]],
  })
  test.each([
    ['no elevation', slovenia, { elevation: [] }, 'bad-argument', /needs an elevation model: give a DEM/],
    [
      'elevation of elsewhere',
      () => [...slovenia(), realFile('SRTM_aber.tif')],
      { elevation: ['SRTM_aber.tif'] },
      'file-unsupported',
      /the elevation lies elsewhere\. Give one/,
    ],
    [
      'an area beside it',
      slovenia,
      { area: square(400, 0) },
      'bad-argument',
      /lies elsewhere, about .* km east/,
    ],
    [
      'a band of another place',
      () => [...slovenia(), realFile('s2_aberystwyth_10band_mosaic.tif', 'z.tif')],
      { scene: 's2_l1c_slovenia_13band_2', bands: { B4: { path: 'z.tif', band: 2 } } },
      'bands-mismatch',
      /"z\.tif" lies elsewhere/,
    ],
    [
      'a band that the file has not',
      slovenia,
      { bands: { B4: { path: 's2_l1c_slovenia_13band_2.tif', band: 13 } } },
      'bad-argument',
      /has 13 bands, and no band 14/,
    ],
    [
      'a needed band taken out',
      slovenia,
      { bands: { B8: null } },
      'bands-mismatch',
      /lacks B8\. Add the file/,
    ],
    ['an impossible quantification', slovenia, { quantification: 0 }, 'bad-argument', /a number above 0/],
    ['another name', slovenia, { scene: 'other' }, 'bad-argument', /no scene "other"/],
  ])('%s', async (_, files, changes, code, message) => {
    const { plan, add, project } = await chosen(files(), changes)
    const expected = { code, message: expect.stringMatching(message) }
    await expect(plan()).rejects.toMatchObject(expected)
    await expect(add()).rejects.toMatchObject(expected)
    expect([project.patches.size, project.scenes.size]).toEqual([0, 0])
  })

  test('an area without data', async () => {
    // The elevation reaches not so far.
    const { add, project } = await chosen(aberystwyth(), { area: square(10, 10) })
    await expect(add()).rejects.toMatchObject({
      code: 'file-unsupported',
      message: expect.stringMatching(/no pixel in this area/),
    })
    expect([project.patches.size, project.scenes.size]).toEqual([0, 0])
  })

  test('a drop that was closed', async () => {
    const { plan, drops, drop } = await chosen(slovenia())
    await drops.close(drop.id)
    await expect(plan()).rejects.toMatchObject({
      code: 'bad-argument',
      message: expect.stringMatching(/drop them again/),
    })
  })
})
