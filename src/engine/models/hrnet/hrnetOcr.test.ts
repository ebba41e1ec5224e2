import { expect, test } from 'vitest'
import { countParameters } from '../../nn/parameterRegistry'
import { declareNetwork } from '../createNetwork'

const declare = (preset: string, bands = 14, classes = 2) =>
  declareNetwork('hrnet-ocr', preset, { bands, classes, seed: null }).registry

/** Trainable values of the parts whose keys begin so. */
function trainableOf(preset: string, parts: RegExp, bands: number, classes: number): number {
  const parameters = declare(preset, bands, classes).parameters.filter(
    ({ spec }) => spec.trainable && parts.test(spec.name),
  )
  return parameters.reduce((sum, { spec }) => sum + spec.shape.reduce((a, b) => a * b, 1), 0)
}

const BACKBONE = /^(conv[12]|bn[12]|layer1|transition\d|stage\d)\./

/** timm's ImageNet classifier over the four branches: `incre_modules`, `downsamp_modules`, `final_layer`, `classifier`. */
function timmClassifier(branches: readonly number[]): number {
  const norm = (channels: number) => 2 * channels
  const inner = [32, 64, 128, 256]
  const bottlenecks = inner.map((width, i) => {
    const [input, out] = [branches[i]!, 4 * width]
    const body = input * width + norm(width) + 9 * width * width + norm(width) + width * out + norm(out)
    return body + input * out + norm(out)
  })
  const downsamplings = [0, 1, 2].map(i => {
    const [input, out] = [4 * inner[i]!, 4 * inner[i + 1]!]
    return 9 * input * out + out + norm(out)
  })
  const last = 1024 * 2048 + 2048 + norm(2048) + 2048 * 1000 + 1000
  return [...bottlenecks, ...downsamplings].reduce((a, b) => a + b) + last
}

test('HRNet-W18 with OCR, 14 bands and 2 classes, has as many values as the authors’ in PyTorch', () => {
  const registry = declare('hrnet-w18')
  expect(countParameters(registry).trainable).toBe(12_073_826)
  const target = registry.parameters.filter(({ spec }) => spec.name.endsWith('_target'))
  const second = target.reduce((sum, { spec }) => sum + spec.shape[0]!, 0)
  expect(countParameters(registry).total - second).toBe(12_113_934)
})

// timm publishes them as 13.19, 15.6 and 21.3 million; imgclsmob's tests of the same networks state every digit.
test.each([
  ['hrnet-w18-small', [16, 32, 64, 128], 13_187_464],
  ['hrnet-w18-small-v2', [18, 36, 72, 144], 15_597_464],
  ['hrnet-w18', [18, 36, 72, 144], 21_299_004],
])(
  'the backbone of %s under timm’s ImageNet classifier has as many values as timm’s',
  (preset, branches, count) => {
    expect(trainableOf(preset, BACKBONE, 3, 2) + timmClassifier(branches)).toBe(count)
  },
)

// The authors' table for Cityscapes: HRNetV2 without OCR, whose head is what OCR calls the auxiliary one.
test.each([
  ['hrnet-w18-small', 1.5],
  ['hrnet-w18-small-v2', 3.9],
])(
  'the backbone and the coarse head of %s with 19 classes have the authors’ millions',
  (preset, millions) => {
    const count = trainableOf(preset, BACKBONE, 3, 19) + trainableOf(preset, /^aux_head\./, 3, 19)
    expect(Math.abs(count / 1e6 - millions)).toBeLessThan(0.1)
  },
)
