import { expect, test } from 'vitest'
import { FAMILIES } from '../../core/rounds/networks'
import { planReproduction } from './planReproduction'
import { reproductionMarkdown, resultLines } from './reproductionResults'
import type { UnitRecord } from './unitRecord'

const units = planReproduction('out', ['validation', 'test'], {
  scales: { promoted: 2.5, rounds: 4 },
  rounds: { validation: 1, test: 1 },
  families: FAMILIES,
  config: { preset: 'tiny', decisionThreshold: 0.5 },
})

const recordOf = (unit: string, change: Partial<UnitRecord> = {}): [string, UnitRecord] => [
  unit,
  {
    ...{
      version: 1,
      unit,
      track: 'validation',
      submission: null,
      network: null,
      changed: null,
      seconds: 7200,
    },
    counts: { truePositive: 80, falsePositive: 20, falseNegative: 20, trueNegative: 880 },
    targets: { all: 245, labelled: 245 },
    ...{ heldOutF1: 0.5, resumed: false, host: 'a', backend: 'webgpu', adapter: 'GPU', at: '', notes: [] },
    ...change,
  },
]

const records = new Map([
  recordOf('validation/baseline/resnet-unet', { resumed: true }),
  recordOf('validation/round-1/swin-unet', { targets: { all: 245, labelled: 100 }, submission: 'some.zip' }),
  recordOf('test/round-1/ensemble', {
    track: 'test',
    counts: null,
    submission: 'submission-test-round-1.zip',
  }),
])

test('our figures stand beside the paper’s, with what is to do and what has no labels', () => {
  const text = reproductionMarkdown(units, records, {
    command: 'scarp reproduce',
    threshold: 0.5,
    presets: ['segformer tiny'],
    patches: ['train 3,799 patches.'],
  })
  expect(text).toContain('3 of 13 networks and ensembles are done; 6.0 h of work.')
  expect(text).toContain(
    '| baseline | x1 | resnet-unet | 80.00 | 80.00 | 80.00 | 63.52 | +16.48 | 50.00 | 2.0 h* |',
  )
  expect(text).toContain('| + separated normalisation | x1 | resnet-unet | to do |  |  | 72.71 |  |  |  |')
  expect(text).toContain('|  | x2.5 | swin-unet | 80.00 | 80.00 | 80.00 | 76.78 | +3.22 | 50.00 | 2.0 h |')
  expect(text).toContain('Scores are over 100 of 245 patches')
  expect(text).toContain('| baseline ensemble |  | ensemble | not run |  |  | 73.07 |  |  |  |')
  expect(text).toContain('|  | x2.5 | ensemble | no labels |  |  | 73.62 |  | 50.00 | 2.0 h |')
  expect(text).toContain('- test/round-1/ensemble: `submission-test-round-1.zip`')
})

test('one line for each unit that is done', () => {
  expect(resultLines(units, records)).toEqual([
    'validation/baseline/resnet-unet         F1 80.00  paper 63.52',
    'validation/round-1/swin-unet            F1 80.00  paper 76.78',
    'test/round-1/ensemble                   submission-test-round-1.zip  paper 73.62',
  ])
})
