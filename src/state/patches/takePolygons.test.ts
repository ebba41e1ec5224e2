import { expect, test } from 'vitest'
import type { ImportEvent } from '../../worker/protocol'
import { undo } from '../review/undoRedo'
import { openProject } from '../session/openProject'
import { emptyDisk, openStudio, patchRecord, SIDE } from '../studio.testing'
import { importFiles } from './files'
import { patchById } from './selectors'
import { closePolygons, type PolygonUse, polygonObstacle, takePolygons } from './takePolygons'

const FILES = ['x/slides.shp', 'x/slides.prj'].map(path => ({ path, file: new Blob(['x']) }))

/** Landslide in its first two rows. */
const burnt = () => Uint8Array.from({ length: SIDE * SIDE }, (_, index) => (index < 2 * SIDE ? 1 : 0))

/** A project of two patches of which a polygon lies on the first, after polygons were dropped. */
async function dropped({ placed = true, on = ['t1'] } = {}) {
  const georeference = { crs: 'EPSG:32633', transform: [0, 10, 0, 0, 0, -10] as const, geoKeys: null }
  const disk = emptyDisk(['t1', 't2'].map(id => ({ ...patchRecord(id), ...(placed && { georeference }) })))
  const studio = openStudio(disk)
  const calls: string[] = []
  const call = studio.files.call as (...asked: unknown[]) => Promise<unknown>
  studio.files.call = (async (
    method: string,
    request: unknown,
    options: { onEvent(event: ImportEvent): void },
  ) => {
    calls.push(method)
    if (method === 'import') {
      const areas = ['x/slides.shp']
      options.onEvent({ kind: 'scenes', drop: { id: 'd', scenes: [], elevation: [], slopes: [], areas } })
      return { added: [] }
    }
    if (method === 'readOutlines') return [[0, 0, 1, 0, 1, 1]]
    if (method === 'closeDrop') return null
    if (method !== 'burnPolygons') return call(method, request, options)
    expect(request).toEqual({ files: FILES })
    const masks = on.map(patchId => ({ path: 'x/slides.shp', patchId, mask: burnt(), notes: [] }))
    return { masks, missed: 2 - masks.length }
  }) as never
  await openProject(studio)
  await importFiles(studio, FILES)
  return { studio, state: () => studio.store.getState(), calls }
}

test('polygons dropped alone are asked about; without a place on any patch they are an area for a scene', async () => {
  const { state, calls } = await dropped()
  expect(state().shell.dialog).toBe('use-polygons')
  expect(state().patches.waitingPolygons).toMatchObject({ drop: { areas: ['x/slides.shp'] }, files: FILES })
  expect(calls).not.toContain('closeDrop')
  expect((await dropped({ placed: false })).state().shell.dialog).toBe('add-scene')
})

test('labels make sources of the patches that a polygon lies on, as one step; the drop is let go', async () => {
  const { studio, state, calls } = await dropped()
  await takePolygons(studio, 'label')
  expect(patchById(state(), 't1')).toMatchObject({ hasLabel: true, domain: 'source' })
  expect(patchById(state(), 't2')).toMatchObject({ hasLabel: false, domain: 'target' })
  expect(studio.pixels.masks.get('t1')).toEqual(burnt())
  expect(calls).toContain('closeDrop')
  expect([state().patches.waitingPolygons, state().shell.dialog]).toEqual([null, null])
  await undo(studio)
  expect(patchById(state(), 't1')).toMatchObject({ hasLabel: false, domain: 'target' })
})

test('corrections are judged corrected', async () => {
  const { studio, state } = await dropped({ on: ['t1', 't2'] })
  await takePolygons(studio, 'correction')
  expect(Object.values(state().review.verdicts).map(({ kind }) => kind)).toEqual(['corrected', 'corrected'])
  await undo(studio)
  expect(state().review.verdicts).toEqual({})
})

test('an area is asked about with the scene; outlines lie over the map with their coordinate system', async () => {
  const area = await dropped()
  await takePolygons(area.studio, 'area')
  expect(area.state().shell.dialog).toBe('add-scene')
  expect(area.calls).not.toContain('closeDrop')
  const { studio, state } = await dropped()
  await takePolygons(studio, 'outlines')
  expect(state().layers.references).toMatchObject([
    { name: 'slides.shp', beside: [{ path: 'x/slides.prj' }] },
  ])
})

test('what lies elsewhere changes nothing and is said; Cancel lets the files go', async () => {
  const { studio, state } = await dropped({ on: [] })
  await takePolygons(studio, 'correction')
  expect(state().review.verdicts).toEqual({})
  expect(state().shell.notices.at(-1)?.message).toContain('No polygon lies on a patch')
  const { studio: other, state: now, calls } = await dropped()
  closePolygons(other)
  expect([now().shell.dialog, now().patches.waitingPolygons]).toEqual([null, null])
  expect(calls).toContain('closeDrop')
})

test('an unfinished round keeps its patches: no labels', async () => {
  const { studio, state } = await dropped()
  studio.store.change({ rounds: { unfinished: { id: 'r1' } as never } })
  const uses: PolygonUse[] = ['label', 'correction', 'area', 'outlines']
  expect(uses.map(use => polygonObstacle(state(), use) !== null)).toEqual([true, false, false, false])
  await takePolygons(studio, 'label')
  expect(patchById(state(), 't1')?.hasLabel).toBe(false)
})
