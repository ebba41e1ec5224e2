import { expect, test } from 'vitest'
import type { Verdict } from '../../core/review/verdict'
import type { RoundRecord } from '../../core/rounds/round'
import { commandById } from '../commandList'
import { openProject } from '../session/openProject'
import type { Studio } from '../studio'
import { type Disk, emptyDisk, openStudio, patchRecord, SIDE } from '../studio.testing'
import { selectPatch } from '../view/actions'
import { resetStretch, setCustomChannel, setIndexExpression, setStretch } from './actions'
import { loadOverlay, overlayKey, overlayRounds } from './overlays'
import { basePicture, pictureKey } from './pictures'
import { initialLayersSlice, layersPreferences, type Overlay } from './slice'

const settled = () => new Promise(resolve => setTimeout(resolve, 5))

async function opened(disk: Disk = emptyDisk([patchRecord('t1')])) {
  const studio = openStudio(disk)
  await openProject(studio)
  await settled()
  return { studio, disk }
}

const state = (studio: Studio) => studio.store.getState()

/** Counts calls to the files worker and holds each back until it is let go. */
function slowWorker(studio: Studio) {
  const waiting: { request: unknown; go: () => void }[] = []
  const picture = { width: 1, height: 1, rgba: new Uint8ClampedArray(4), range: [] }
  studio.files.call = ((_: string, request: unknown) =>
    new Promise(resolve => {
      waiting.push({ request, go: () => resolve(picture) })
    })) as unknown as typeof studio.files.call
  return waiting
}

test('a handle that is dragged draws the first and the last of its places, not those between', async () => {
  const { studio } = await opened()
  const calls = slowWorker(studio)
  for (let step = 1; step <= 20; step++) {
    setStretch(studio, 'true-colour', 0, { low: 0, high: step / 100 })
  }
  await settled()
  expect(calls).toHaveLength(1)
  calls[0]!.go()
  await settled()
  expect(calls).toHaveLength(2)
  expect(calls[1]!.request).toMatchObject({ limits: [{ low: 0, high: 0.2 }, null, null] })
  const before = state(studio).layers.renderRevision
  calls[1]!.go()
  await settled()
  expect(state(studio).layers.renderRevision).toBe(before + 1)
  expect(studio.pixels.renders.get(pictureKey('t1', basePicture(state(studio))))).toBeDefined()
})

test('a picture is named by what it depends on, and by nothing else', async () => {
  const { studio } = await opened()
  const key = () => pictureKey('t1', basePicture(state(studio)))
  const plain = key()
  studio.store.change({ layers: { sunAzimuth: 90 } })
  expect(key()).toBe(plain)
  studio.store.change({ layers: { baseLayer: 'hillshade' } })
  const east = key()
  studio.store.change({ layers: { percentile: 0.05 } })
  expect(key()).toBe(east)
  studio.store.change({ layers: { sunAltitude: 20 } })
  expect(key()).not.toBe(east)
})

test('another expression takes the former one’s stretch away, of its own channel alone', async () => {
  const { studio } = await opened()
  setStretch(studio, 'custom', 0, { low: 0, high: 1 })
  setStretch(studio, 'custom', 2, { low: 0, high: 2 })
  setCustomChannel(studio, 0, 'B8/B4')
  expect(state(studio).layers.customChannels[0]).toBe('B8/B4')
  expect(state(studio).layers.stretches.custom).toEqual([null, null, { low: 0, high: 2 }])
  resetStretch(studio, 'custom')
  expect(state(studio).layers.stretches).toEqual({})
  setStretch(studio, 'index', 0, { low: -1, high: 1 })
  setIndexExpression(studio, 'B12/B8')
  expect(state(studio).layers.stretches.index).toBeUndefined()
})

test('choices survive a reload; what is damaged or hostile falls back', async () => {
  const { studio, disk } = await opened()
  setCustomChannel(studio, 1, 'min(B3, B4)')
  setStretch(studio, 'swir', 1, { low: 0.1, high: 0.4 })
  studio.store.change({
    layers: { overlay: 'entropy', sunAzimuth: 120, showContours: true },
    view: { inspecting: true },
  })
  const { studio: again } = await opened(disk)
  expect(state(again)).toMatchObject({
    layers: {
      customChannels: ['B12', 'min(B3, B4)', 'B4'],
      overlay: 'entropy',
      sunAzimuth: 120,
      showContours: true,
    },
    view: { inspecting: false },
  })
  expect(state(again).layers.stretches.swir?.[1]).toEqual({ low: 0.1, high: 0.4 })

  const saved = (value: unknown) =>
    layersPreferences.read({ getItem: () => JSON.stringify(value), setItem: () => undefined })
  expect(
    saved({
      customChannels: ['B4', 'alert(1)', 'B2'],
      indexExpression: '('.repeat(500),
      stretches: { swir: [{ low: 2, high: 1 }] },
      sunAltitude: 'high',
      overlay: 'round-mask',
    }),
  ).toMatchObject({
    customChannels: initialLayersSlice.customChannels,
    indexExpression: initialLayersSlice.indexExpression,
    stretches: {},
    sunAltitude: 45,
    overlay: 'round-mask',
  })
  expect(saved('no object').overlay).toBe('probability')
})

test('an overlay that fails leaves the patch on screen, with a notice', async () => {
  const { studio } = await opened()
  const call = studio.files.call
  studio.files.call = (async (method: string, request: never) => {
    if (method === 'contours') throw new Error('No relief today.')
    return call(method as never, request)
  }) as unknown as typeof call
  studio.store.change({ layers: { showContours: true } })
  await selectPatch(studio, 't1')
  expect(state(studio)).toMatchObject({ view: { loading: false, loadError: null } })
  // What a library said is for a report alone.
  expect(state(studio).shell.notices).toMatchObject([
    {
      tone: 'error',
      message: 'Something in Scarp failed. Try again; if it fails again, reload the page.',
      details: expect.stringMatching(/^Error: No relief today\.\n +at /),
      retry: 'pictures',
    },
  ])
})

const round = (index: number) =>
  ({
    id: `r${index}`,
    index,
    parentRoundId: index > 1 ? `r${index - 1}` : null,
    networks: [{ modelId: `m${index}` }],
  }) as RoundRecord

/** Two rounds whose only networks gave a ramp and the same ramp the other way round. */
async function withRounds() {
  const disk = emptyDisk([patchRecord('t1')])
  const row = (map: (column: number) => number) =>
    Float32Array.from({ length: SIDE * SIDE }, (_, pixel) => map(pixel % SIDE))
  disk.probabilities.set(
    't1/m1',
    row(column => column / SIDE),
  )
  disk.probabilities.set(
    't1/m2',
    row(column => 0.9 - column / SIDE),
  )
  disk.rounds = [round(1), round(2)]
  return opened(disk)
}

const firstRow = (map: ArrayLike<number> | null) => map && Array.from(map).slice(0, SIDE)

async function overlayOf(studio: Studio, overlay: Overlay) {
  studio.store.change({ layers: { overlay } })
  return firstRow(await loadOverlay(studio, 't1'))
}

test('the layers of rounds show a map, what changed since its parent, and what the verdict says', async () => {
  const { studio } = await withRounds()
  expect(overlayRounds(state(studio))).toEqual({ round: 'r2', before: 'r1' })
  expect(await overlayOf(studio, 'round-mask')).toEqual([1, 1, 1, 1, 0, 0, 0, 0])
  expect(await overlayOf(studio, 'round-difference')).toEqual([1, 1, 1, 1, 2, 2, 2, 2])
  expect(await overlayOf(studio, 'against-verdict')).toBeNull()
  const verdict = { id: 'v', patchId: 't1', kind: 'accepted' } as Verdict
  studio.store.change({ review: { verdicts: { t1: verdict } } })
  studio.pixels.masks.set('t1', new Uint8Array(SIDE * SIDE).fill(1))
  expect(await overlayOf(studio, 'against-verdict')).toEqual([0, 0, 0, 0, 1, 1, 1, 1])
  studio.store.change({ review: { verdicts: { t1: { ...verdict, id: 'w', kind: 'rejected' } } } })
  expect(await overlayOf(studio, 'against-verdict')).toBeNull()
})

test('a round that was chosen stays chosen, and one that is gone falls back', () => {
  const rounds = [round(1), round(2), round(3)]
  const of = (overlayRound: string | null, overlayRoundBefore: string | null) =>
    overlayRounds({ rounds: { list: rounds }, layers: { overlayRound, overlayRoundBefore } })
  expect(of('r2', null)).toEqual({ round: 'r2', before: 'r1' })
  expect(of('r1', null)).toEqual({ round: 'r1', before: null })
  expect(of(null, 'r1')).toEqual({ round: 'r3', before: 'r1' })
  expect(of('gone', 'r3')).toEqual({ round: 'r3', before: 'r2' })
  expect(
    overlayRounds({ rounds: { list: [] }, layers: { overlayRound: 'r1', overlayRoundBefore: null } }).round,
  ).toBeNull()
})

test('what an overlay is kept under changes with what it is made from', async () => {
  const { studio } = await withRounds()
  const key = () => overlayKey(state(studio), 't1')
  studio.store.change({ layers: { overlay: 'entropy' } })
  const entropy = key()
  studio.store.change({ review: { probabilityRevision: { t1: 99 } } })
  expect(key()).not.toBe(entropy)
  studio.store.change({ layers: { overlay: 'round-mask' } })
  const map = key()
  studio.store.change({ review: { threshold: 0.7 } })
  expect(key()).not.toBe(map)
})

test('the next overlay first shows the one that is chosen, then goes round those there are', async () => {
  const { studio } = await opened()
  const next = commandById('next-overlay')
  const shown: string[] = []
  for (let press = 0; press < 4; press++) {
    next.run(studio)
    shown.push(state(studio).layers.overlay)
  }
  expect(shown).toEqual(['probability', 'disagreement', 'entropy', 'probability'])
})

test('an overlay that is chosen by its name is shown, replaces another, and goes when it is chosen again', async () => {
  const { studio } = await opened()
  const choose = (id: string) => commandById(id).run(studio)
  const isOn = (id: string) => commandById(id).isOn!(state(studio))
  choose('probability')
  expect([isOn('probability'), isOn('disagreement'), isOn('toggle-probability')]).toEqual([true, false, true])
  choose('disagreement')
  expect([isOn('probability'), isOn('disagreement')]).toEqual([false, true])
  choose('disagreement')
  expect([isOn('disagreement'), isOn('toggle-probability')]).toEqual([false, false])
})
