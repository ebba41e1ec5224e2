import { expect, test } from 'vitest'
import type { JobState } from '../../state/slices/jobSlice'
import { spokenProgress } from './spokenProgress'

const job = (change: Partial<JobState> = {}): JobState => ({
  kind: 'round',
  progress: { label: '', done: 3, total: 9, rate: 1, etaSeconds: 130 },
  cancelling: false,
  ...change,
})
const network = (step: number, f1: number | null) => ({
  step,
  steps: 60,
  losses: [[step, 0.431]] as [number, number][],
  heldOut: [[step, f1]] as [number, number | null][],
})

test('the network under way, its latest numbers and what is left', () => {
  const live = { segformer: network(60, 0.6), 'swin-unet': network(12, 0.514) }
  expect(spokenProgress(job(), live, false)).toBe(
    'Swin + U-Net, step 12 of 60, loss 0.43, held-out F1 0.51, about 2 min 10 s left.',
  )
  expect(spokenProgress(job({ progress: null }), {}, false)).toBe('The round has begun.')
  expect(spokenProgress(job(), { segformer: network(3, null) }, false)).not.toContain('F1')
})

test('what was asked for comes first', () => {
  expect(spokenProgress(job(), null, true)).toMatch(/^Pausing/)
  expect(spokenProgress(job({ cancelling: true }), null, true)).toMatch(/^Cancelling/)
})
