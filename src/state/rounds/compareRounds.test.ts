import { expect, test } from 'vitest'
import { roundFixture } from '../../core/review/records.testing'
import type { Verdict } from '../../core/review/verdict'
import { openProject } from '../session/openProject'
import { emptyDisk, openStudio, patchRecord, ramp, SIDE } from '../studio.testing'
import { compareRoundMaps, totalDifference } from './compareRounds'

const network = (modelId: string) => [{ ...roundFixture().networks[0]!, modelId }]
const [first, second] = [
  roundFixture({ id: 'r1', index: 1, networks: network('a') }),
  roundFixture({ id: 'r2', index: 2, networks: network('b') }),
]
const georeference = {
  crs: 'EPSG:32633',
  geoKeys: null,
  transform: [0, 100, 0, 0, 0, -100] as [number, number, number, number, number, number],
}

function project() {
  const disk = emptyDisk([
    patchRecord('t1', { georeference }),
    patchRecord('t2'),
    patchRecord('t3'),
    patchRecord('s4', { hasLabel: true, domain: 'source' }),
  ])
  disk.rounds = [first!, second!]
  const rising = ramp()
  const falling = ramp().map(value => 0.875 - value)
  falling[0] = Number.NaN
  disk.probabilities.set('t1/a', rising).set('t1/b', falling)
  disk.probabilities.set('t2/a', rising).set('t2/b', rising)
  disk.probabilities.set('t3/b', rising)
  return disk
}

test('pixels gained and lost by patch, with no data left out and patches without a map said to have none', async () => {
  const studio = openStudio(project())
  await openProject(studio)
  const shares: number[] = []
  const [t1, t2, t3, ...others] = await compareRoundMaps(studio, first!, second!, {
    onPatch: share => shares.push(share),
  })
  // At 0.5 the right half of the ramp was landslide, now the left one is; one pixel of it holds no data.
  const half = (SIDE * SIDE) / 2
  expect(t1).toMatchObject({
    between: { gained: half - 1, lost: half, compared: 2 * half - 1 },
    against: null,
  })
  expect(t1!.pixelArea).toBeCloseTo(0.01, 12)
  expect(t2).toMatchObject({ between: { gained: 0, lost: 0 }, pixelArea: null })
  expect(t3!.between).toBeNull()
  expect(others).toEqual([])
  expect(shares.at(-1)).toBe(1)
  expect(totalDifference([t1!], 'between')!.changedArea).toBeCloseTo((2 * half - 1) * 0.01, 12)
  expect(totalDifference([t1!, t2!, t3!], 'between')).toMatchObject({ patches: 2, changedArea: null })
})

test('against a verdict: what the analyst added and removed', async () => {
  const disk = project()
  const judged = new Uint8Array(SIDE * SIDE)
  judged[1] = 1
  disk.masks.set('t2', judged)
  const verdict = { id: 'v', patchId: 't2', kind: 'corrected' } as Verdict
  disk.history.set(1, {
    sequence: 1,
    kind: 'verdict',
    patchId: 't2',
    verdictBefore: null,
    verdictAfter: verdict,
    undone: false,
  })
  const studio = openStudio(disk)
  await openProject(studio)
  const differences = await compareRoundMaps(studio, first!, second!)
  expect(differences[1]!.against).toEqual({
    gained: 1,
    lost: (SIDE * SIDE) / 2,
    compared: SIDE * SIDE,
    landslides: [1, 1],
  })
  expect(differences[0]!.against).toBeNull()
})
