import { expect, test } from 'vitest'
import { AppError } from '../../core/foundation/appError'
import { commandById } from '../commandList'
import { openProject } from '../session/openProject'
import { emptyDisk, openStudio, patchRecord } from '../studio.testing'
import { addReferences, removeReference, showReference } from './references'

const file = (path: string) => ({ path, file: new Blob(['{}']) })

async function open(placed = true) {
  const georeference = { crs: 'EPSG:32633', transform: [0, 10, 0, 0, 0, -10] as const, geoKeys: null }
  const studio = openStudio(
    emptyDisk([{ ...patchRecord('a'), ...(placed && { georeference: georeference as never }) }]),
  )
  const call = studio.files.call.bind(studio.files)
  studio.files.call = (async (method: string, request: { path: string }, options: never) => {
    if (method === 'readOutlines') {
      if (request.path.includes('bad'))
        throw new AppError('bad-argument', '"bad.json" has no polygon to draw.')
      return [[0, 0, 1, 0, 1, 1]]
    }
    return call(method as never, request as never, options)
  }) as never
  await openProject(studio)
  const listed = () => studio.store.getState().layers.references.map(({ name, shown }) => ({ name, shown }))
  return { studio, listed }
}

test('outlines are added, hidden and removed; a file without any is refused with the reason', async () => {
  const { studio, listed } = await open()
  await addReferences(studio, [file('x/faults.geojson'), file('bad.json'), file('roads.gpkg')])
  expect(listed()).toEqual([
    { name: 'faults.geojson', shown: true },
    { name: 'roads.gpkg', shown: true },
  ])
  expect(studio.store.getState().shell.notices.map(({ message }) => message)).toEqual([
    '"bad.json" has no polygon to draw.',
  ])
  const [first, second] = studio.store.getState().layers.references
  showReference(studio, first!.id, false)
  removeReference(studio, second!.id)
  expect(listed()).toEqual([{ name: 'faults.geojson', shown: false }])
})

test('a Shapefile takes its .prj along, which is no layer by itself', async () => {
  const { studio, listed } = await open()
  const [shp, prj] = [file('x/faults.shp'), file('x/FAULTS.PRJ')]
  await addReferences(studio, [shp, prj])
  expect(listed()).toEqual([{ name: 'faults.shp', shown: true }])
  expect(studio.store.getState().layers.references[0]!.beside).toEqual([prj])
})

test('there has to be a map to lay them over', async () => {
  const { studio } = await open(false)
  expect(commandById('add-outlines').isEnabled(studio.store.getState())).toBe(false)
})
