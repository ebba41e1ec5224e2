import { describe, expect, test } from 'vitest'
import { roundFixture } from '../../core/review/records.testing'
import type { JobState } from '../../state/shell/slice'
import {
  changedText,
  changeText,
  configDifferences,
  describeRound,
  differenceRows,
  roundLine,
  roundPace,
  spokenProgress,
} from './roundText'

describe('compare rounds', () => {
  test('only settings that differ are listed, by the names a person reads', () => {
    const { config } = roundFixture()
    expect(configDifferences(config, config)).toEqual([])
    const other = { ...config, steps: 9, ohem: null, pseudoLabel: { ...config.pseudoLabel, high: 0.8 } }
    const found = configDifferences(config, other)
    expect(found).toContainEqual({ name: 'Pseudo-label: landslide from', before: '0.7', after: '0.8' })
    expect(found).toContainEqual({ name: 'Steps', before: '2', after: '9' })
    expect(found.map(({ name }) => name).some(name => name.startsWith('Hard examples'))).toBe(true)
    expect(found.some(({ name }) => name === 'Network size')).toBe(false)
  })

  test('changes are given in pixels and as a share, and it says where they have settled', () => {
    expect(changedText({ gained: 1, lost: 1200, compared: 10_000 }, 0.001)).toBe(
      '1 pixel gained, 1,200 pixels lost since the previous maps, 12 % of the target.',
    )
    expect(changedText({ gained: 1, lost: 0, compared: 10_000 }, 0.001)).toContain('settled')
    expect(changedText({ gained: 0, lost: 0, compared: 0 }, 0.001)).toContain('No pixel')
  })
})

describe('difference rows', () => {
  const patch = (patchId: string, gained: number, lost: number, pixelArea: number | null = null) => ({
    patchId,
    name: patchId,
    between: { gained, lost, compared: 1000, landslides: [3, 5] as const },
    against: null,
    pixelArea,
  })

  test('most changed first, with the area of what changed where the size of a pixel is known', () => {
    const rows = differenceRows([patch('a', 1, 2), patch('b', 1200, 0, 1e-4), patch('c', 0, 0)], 'between')
    expect(rows.map(row => [row.patchId, row.gained, row.area, row.share])).toEqual([
      ['b', '1,200', '0.120', '120 %'],
      ['a', '1', '–', '0.30 %'],
      ['c', '0', '–', '0 %'],
    ])
    expect(differenceRows([patch('a', 1, 2)], 'against')).toEqual([])
  })

  test('a picture says its pixels, share and landslides in words', () => {
    const [row] = differenceRows([patch('b', 1200, 3)], 'between')
    expect(changeText(row!, 'between')).toEqual({
      pixels: '1,203 pixels changed, 120 %',
      landslides: '3 landslides before, 5 after',
    })
    expect(changeText({ ...row!, landslides: [1, 1] }, 'against').landslides).toBe(
      '1 landslide mapped and in your mask',
    )
  })
})

describe('round line', () => {
  const metrics = (f1: number | null) => ({ ...roundFixture().networks[0]!.heldOut!, f1 })
  const parent = roundFixture({ ensembleHeldOut: metrics(0.517), heldOutPatchIds: ['h'] })

  test('a line says score, change and pixels, and each only where it means something', () => {
    const round = roundFixture({ index: 2, ensembleHeldOut: metrics(0.504), heldOutPatchIds: ['h'] })
    const line = roundLine(round, parent, 0.5)
    expect(line).toEqual({ f1: '0.504', change: '−0.013', changed: '3.0 %' })
    expect(describeRound(round, line, true)).toBe(
      'Round 2, in use, held-out F1 0.504, −0.013 against the maps before it, 3.0 % of target pixels changed, 1 network',
    )
    const elsewhere = roundFixture({
      ensembleHeldOut: metrics(0.9),
      heldOutPatchIds: ['other'],
      target: null,
    })
    expect(roundLine(elsewhere, parent, 0.5)).toMatchObject({ change: null, changed: null })
    const unscored = roundFixture({ ensembleHeldOut: null })
    expect(describeRound(unscored, roundLine(unscored, null, 0.5), false)).toContain('no held-out score')
  })
})

describe('pace of a round', () => {
  const job = (done: number): JobState => ({
    kind: 'round',
    progress: { label: 'Training SegFormer, step 2 of 20', done, total: 100, rate: 1, etaSeconds: 95 },
    cancelling: false,
  })
  const pace = (secondsPerStep: number) => ({
    secondsPerStep,
    tensorBytes: 0,
    gpuBytes: 0,
  })

  test('seconds a step where it is slow, steps a second where it is fast, and no second count of steps', () => {
    expect(roundPace(job(2), pace(3.12))).toBe('3.1 s a step · 1 min 35 s left')
    expect(roundPace(job(2), pace(0.25))).toBe('4.0 steps / s · 1 min 35 s left')
    expect(roundPace(job(0), null)).toBe('')
  })
})

describe('spoken progress', () => {
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

  test('the current network, its latest numbers and the time left', () => {
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
})
