import { expect, test } from 'vitest'
import type { RoundRecord } from '../../core/rounds/round'
import { openProject } from '../session/openProject'
import { emptyDisk, openStudio, patchRecord, ramp, SIDE } from '../studio.testing'
import { loadRoundMask } from './overlays'

const round = (id: string, ...modelIds: string[]) =>
  ({ id, index: 1, networks: modelIds.map(modelId => ({ modelId })) }) as RoundRecord

test('a round shows the mean of its own networks at the threshold, whatever predicted since', async () => {
  const disk = emptyDisk([patchRecord('t1')])
  disk.rounds = [round('r1', 'a', 'b'), round('r2', 'a', 'gone')]
  disk.probabilities.set('t1/a', ramp())
  disk.probabilities.set('t1/b', new Float32Array(SIDE * SIDE))
  const studio = openStudio(disk)
  await openProject(studio)
  studio.store.change({ review: { threshold: 0.25 } })
  const mask = await loadRoundMask(studio, 't1', 'r1')
  // The mean of k/8 and 0 reaches 0.25 from the fifth column on.
  expect([...mask!.subarray(0, SIDE)]).toEqual([0, 0, 0, 0, 1, 1, 1, 1])
  expect(await loadRoundMask(studio, 't1', 'r2')).toBeNull()
  expect(await loadRoundMask(studio, 't1', 'unknown')).toBeNull()
})
