import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readInventory } from '../core/inventory/inventoryFile'
import { INSTRUMENT_BANDS } from '../core/scenes/bandNames'
import { sceneTiff } from '../core/scenes/testing/sceneTiff'
import { recordingIo } from './commandIo.testing'
import { nodeInput } from './node/nodeFiles'
import { PatchSpool } from './node/patchSpool'
import { spoolEvent } from './spoolEvent'

/** `sceneTiff` lies here, in EPSG:32633. */
const [LEFT, TOP] = [465180, 5080250]
const [WIDTH, HEIGHT] = [96, 64]

let folder: string
let spool: PatchSpool
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scarp-spool-event-'))
  spool = await PatchSpool.temporary()
})
afterEach(async () => {
  await spool.remove()
  await rm(folder, { recursive: true })
})

async function addTiff(name: string, bands: number, names?: readonly string[]) {
  const file = sceneTiff(name, {
    width: WIDTH,
    height: HEIGHT,
    bands,
    ...(names && { names }),
    ...(bands === 1 && { bits: 32, format: 3 }),
    value: (band, pixel) => 400 + 100 * band + (pixel % 17),
  })
  await writeFile(join(folder, name), await file.slice(0, file.size))
}

/** A rectangle of pixels as a file of polygons in the folder. */
async function addBox(name: string, column: number, row: number, width: number, height: number) {
  const corners = [
    [column, row],
    [column + width, row],
    [column + width, row + height],
    [column, row + height],
    [column, row],
  ].map(([x, y]) => [LEFT + 10 * x!, TOP - 10 * y!])
  const crs = { type: 'name', properties: { name: 'EPSG:32633' } }
  await writeFile(join(folder, name), JSON.stringify({ type: 'Polygon', coordinates: [corners], crs }))
}

async function spooled(names: readonly string[]) {
  const { io, notes } = recordingIo()
  const inputs = await Promise.all(names.map(name => nodeInput(join(folder, name))))
  const refused = await spoolEvent(
    folder,
    {
      domain: 'source',
      valueScale: 'auto',
      scenes: {
        terrain: { elevation: [], slope: null },
        area: null,
        quantification: null,
        offset: 0,
        resampling: 'nearest',
      },
      inventory: names.length > 0 ? await readInventory(inputs) : null,
    },
    new Array(14).fill(1000),
    spool,
    io,
    { made: () => false } as never,
  )
  return { refused, notes: notes.join('\n') }
}

test('polygons label a scene and a patch that have no mask, and are no area of interest', async () => {
  await addTiff('scene.tif', 13, INSTRUMENT_BANDS)
  await addTiff('dem.tif', 1)
  await addTiff('patch.tif', 14)
  await addBox('slides.geojson', 10, 20, 6, 5)
  const { refused, notes } = await spooled(['slides.geojson'])
  expect(refused).toEqual([])
  expect(spool.patches.map(({ landslidePixels }) => landslidePixels)).toEqual([30, 30])
  for (const { id } of spool.patches) {
    const { label } = await spool.load(id)
    expect(label!.indexOf(1)).toBe(20 * WIDTH + 10)
    expect(label!.lastIndexOf(1)).toBe(24 * WIDTH + 15)
    expect(label!.includes(255)).toBe(false)
  }
  expect(notes).toContain('2 of 2 patches and cells with a label')
  expect(notes).not.toContain('within the area')
})

test('what no polygon lies on stays without a label; a layer that says it was looked at makes it one', async () => {
  await addTiff('patch.tif', 14)
  await addBox('slides.geojson', 500, 20, 6, 5)
  expect((await spooled(['slides.geojson'])).notes).toContain('0 of 1 patch or cell with a label')
  await addBox('footprint.geojson', 0, 0, 48, 64)
  await spool.remove()
  spool = await PatchSpool.temporary()
  await spooled(['slides.geojson', 'footprint.geojson'])
  const { label } = await spool.load(spool.patches[0]!.id)
  expect(label!.filter(value => value === 255).length).toBe((WIDTH - 48) * HEIGHT)
  expect(label!.includes(1)).toBe(false)
})

test('a scene that no polygon reaches teaches nothing, and it is said', async () => {
  await addTiff('scene.tif', 13, INSTRUMENT_BANDS)
  await addTiff('dem.tif', 1)
  await addBox('slides.geojson', 500, 20, 6, 5)
  const { refused } = await spooled(['slides.geojson'])
  expect(refused).toMatchObject([{ code: 'pair-missing', message: expect.stringContaining('No polygon') }])
  expect((await spooled([])).refused).toMatchObject([{ message: expect.stringContaining('--inventory') }])
})
