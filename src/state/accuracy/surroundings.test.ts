import { expect, test } from 'vitest'
import { eventually } from '../../core/foundation/eventually.testing'
import { pointAuditFixture, scenePieceFixture } from '../../core/review/records.testing'
import { setLayers } from '../layers/actions'
import { pictureKey } from '../layers/pictures'
import { openProject } from '../session/openProject'
import { emptyDisk, openStudio, patchRecord } from '../studio.testing'
import { enterAudit, leaveAudit } from './actions'
import { goToPoint } from './answers'
import { surroundingCells, surroundingPicture } from './surroundings'

const SIDE = 200

const cell = (column: number, row: number, sceneId = 'scene_1') =>
  scenePieceFixture(1, {
    id: `${sceneId}~${column}-${row}`,
    name: `${column} ${row}`,
    order: 10 * row + column,
    width: SIDE,
    height: SIDE,
    cell: {
      sceneId,
      row,
      column,
      window: { column: column * SIDE, row: row * SIDE, width: SIDE, height: SIDE },
    },
    predictedBy: ['a'],
  })

/** Nine cells of a scene, one of another, a patch. Points: at the right border, in a corner, in the middle, on the patch. */
async function opened() {
  const cells = [0, 1, 2].flatMap(row => [0, 1, 2].map(column => cell(column, row)))
  const middle = 'scene_1~1-1'
  const points = [
    { number: 1, patchId: middle, column: SIDE - 1, row: 100, stratum: 'landslide' as const },
    { number: 2, patchId: middle, column: 3, row: 5, stratum: 'landslide' as const },
    { number: 3, patchId: middle, column: 100, row: 100, stratum: 'landslide' as const },
    { number: 4, patchId: 't1', column: 0, row: 0, stratum: 'landslide' as const },
  ]
  const audit = pointAuditFixture({ points, answers: {} })
  const records = [...cells, cell(1, 1, 'scene_2'), patchRecord('t1', { predictedBy: ['a'] })]
  const studio = openStudio({ ...emptyDisk(records), pointAudits: [audit] })
  const rendered: { patchId: string; limits?: unknown; exactLimits?: boolean }[] = []
  const call = studio.files.call
  studio.files.call = (async (method: string, request: never, options: never) => {
    if (method !== 'render') return call(method as never, request, options)
    rendered.push(request)
    const range = [{ low: 100, high: 900, unit: '' }]
    return { width: SIDE, height: SIDE, rgba: new Uint8ClampedArray(4 * SIDE * SIDE), range }
  }) as never
  await openProject(studio)
  return { studio, rendered }
}

test("a point at a cell's border is surrounded by the neighbours, one in its middle by none", async () => {
  const { studio } = await opened()
  const around = () =>
    surroundingCells(studio.store.getState()).map(({ patch, column, row }) => [patch.name, column, row])
  expect(around()).toEqual([])
  enterAudit(studio, 'audit-1')
  expect(around()).toEqual([['2 1', SIDE, 0]])
  goToPoint(studio, 2)
  expect(around().sort()).toEqual([
    ['0 0', -SIDE, -SIDE],
    ['0 1', -SIDE, 0],
    ['1 0', 0, -SIDE],
  ])
  goToPoint(studio, 3)
  expect(around()).toEqual([])
  goToPoint(studio, 4)
  await eventually(() => expect(studio.store.getState().view.selectedId).toBe('t1'))
  expect(around()).toEqual([])
  leaveAudit(studio)
  expect(around()).toEqual([])
})

test("the neighbours' pictures are made in the stretch of the point's cell, again for another layer", async () => {
  const { studio, rendered } = await opened()
  enterAudit(studio, 'audit-1')
  const limits = { limits: [{ low: 100, high: 900 }], exactLimits: true }
  await eventually(() => expect(rendered.at(-1)).toMatchObject({ patchId: 'scene_1~2-1', ...limits }))
  const picture = surroundingPicture(studio.store.getState(), studio.pixels)!
  await eventually(() => expect(studio.pixels.renders.get(pictureKey('scene_1~2-1', picture))).toBeTruthy())
  setLayers(studio, { baseLayer: 'elevation' })
  await eventually(() =>
    expect(rendered.at(-1)).toMatchObject({ patchId: 'scene_1~2-1', layer: 'elevation', ...limits }),
  )
})
