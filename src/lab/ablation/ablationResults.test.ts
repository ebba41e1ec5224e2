import { expect, test } from 'vitest'
import { ablationPlot } from './ablationPlot'
import type { AblationRunRecord } from './ablationRecord'
import { ablationCsv, ablationLines, ablationMarkdown, spread } from './ablationResults'
import { ablationRows } from './ablationRows'
import { type PlannedRun, pendingRuns } from './planAblation'

const rows = ablationRows({ promoted: 2, rounds: 2 })

function run(row: string, seed: number, fold: number, tp: number, fp: number, fn: number): AblationRunRecord {
  const counts = { truePositive: tp, falsePositive: fp, falseNegative: fn, trueNegative: 100 }
  const network = { network: 'resnet-unet', counts, heldOutF1: 0.5, bestStep: 3, seconds: 60 }
  return {
    version: 1,
    fingerprint: '',
    benchmark: 'generated',
    row,
    seed,
    fold,
    steps: 4,
    scale: 1,
    seconds: 60,
    backend: 'webgpu',
    adapter: 'An adapter, "software"',
    shift: 0.6,
    networks: [network],
    pseudoLabels: row === 'sn' ? { counts, ignoredShare: 0.25 } : null,
    config: {},
  }
}

test('folds are pooled before they are scored, and a seed without all of them is left out', () => {
  const records = [
    run('baseline', 1, 0, 10, 0, 0),
    run('baseline', 1, 1, 0, 10, 50),
    run('baseline', 2, 0, 9, 0, 0),
  ]
  const [line] = ablationLines(records, rows, 2)
  // 2 * 10 / (2 * 10 + 10 + 50); the mean of the folds' own scores would be 0.5.
  expect(line).toMatchObject({ network: 'resnet-unet', f1: { mean: 0.25, values: [0.25], deviation: null } })
  expect(line!.seeds).toHaveLength(1)
})

test('gains are paired by seed over the row before', () => {
  const records = [
    run('baseline', 1, 0, 1, 1, 1),
    run('baseline', 2, 0, 1, 0, 0),
    run('sn', 1, 0, 1, 0, 0),
    run('sn', 2, 0, 1, 0, 0),
  ]
  const [, line] = ablationLines(records, rows, 1)
  expect(line!.gain).toMatchObject({ over: 'baseline', mean: 0.25, values: [0.5, 0] })
  const text = ablationMarkdown([{ title: 'A benchmark', lines: ablationLines(records, rows, 1), records }], {
    command: 'scarp ablate',
    threshold: 0.5,
    preset: 'tiny',
  })
  expect(text).toContain('| + separated normalisation | x1 | resnet-unet | 100.0 ± 0.0 |')
  expect(text).toContain('+25.0 ± 35.4 over baseline')
  expect(text).toContain('p >= 0.5')
  expect(text).toContain('25.0 % of pixels were ignored')
})

test('the sample deviation of 1, 2, 3 is 1; undefined values are left out', () => {
  expect(spread([1, null, 2, 3])).toEqual({ mean: 2, deviation: 1, low: 1, high: 3, values: [1, 2, 3] })
  expect(spread([null])).toBeNull()
})

test('csv: one line a network, quotes doubled, an empty field where a ratio is undefined', () => {
  const [header, first] = ablationCsv([run('baseline', 1, 0, 0, 0, 0)]).split('\r\n')
  expect(header).toMatch(/^benchmark,row,network,seed/)
  expect(first).toBe(
    'generated,baseline,resnet-unet,1,0,1,4,,,,,0,0,0,100,0.500000,3,,,,,0.600000,1,webgpu,"An adapter, ""software"""',
  )
})

test('plot: a dot for every seed and a bar for the mean, names escaped', () => {
  const lines = ablationLines([run('baseline', 1, 0, 1, 1, 1), run('baseline', 2, 0, 1, 0, 0)], rows, 1)
  const svg = ablationPlot([{ title: 'a < b & c', lines }])
  expect(svg.match(/<circle/g)).toHaveLength(2)
  expect(svg.match(/stroke-width="2.5"/g)).toHaveLength(1)
  expect(svg).toContain('a &lt; b &amp; c')
  expect(svg).toMatch(/<title>.+<\/title>/)
  expect(svg).not.toContain('NaN')
})

test('a finished run is repeated only where a run to do continues from models that are gone', () => {
  const planned = (folder: string, parent: string | null, hasModels: boolean) =>
    ({ folder, parent, hasModels }) as PlannedRun
  const plan = [
    planned('a', null, false),
    planned('b', 'a', false),
    planned('c', 'b', false),
    planned('d', null, false),
  ]
  const names = (done: string[]) =>
    pendingRuns(plan, ({ folder }) => done.includes(folder)).map(({ folder }) => folder)
  expect(names(['a', 'b', 'd'])).toEqual(['a', 'b', 'c'])
  expect(names(['a', 'b', 'c', 'd'])).toEqual([])
  plan[1]!.hasModels = true
  expect(names(['a', 'b', 'd'])).toEqual(['c'])
})
