import { expect, test } from 'vitest'
import { blocksOfArchitecture } from '../../../engine/models/efficientnetv2/config'
import { configOfBlockList } from './efficientNetV2BlockList'

const convolution = (out: number, k = 1, s = 1, rest = {}) => ({ out, k, s, cls: 'Conv2d', ...rest })
const BLOCKS = [
  { name: 'blocks.0.0', kind: 'ConvBnAct', conv: convolution(8, 3), skip: true },
  {
    name: 'blocks.1.0',
    kind: 'EdgeResidual',
    conv_exp: convolution(16, 3, 2, { cls: 'Conv2dSame' }),
    conv_pwl: convolution(16),
    skip: false,
  },
  {
    name: 'blocks.2.0',
    kind: 'InvertedResidual',
    conv_pw: convolution(32),
    conv_dw: convolution(32, 5, 2, { groups: 32, cls: 'Conv2dSame' }),
    conv_pwl: convolution(24),
    se_reduced: 4,
    skip: false,
  },
]
const CONFIG = { stem: { out: 8, cls: 'Conv2dSame' }, bn_eps: 1e-3, blocks: BLOCKS, model: 'unused' }

test('a list of blocks gives what the architecture strings give', () => {
  const strings = ['cn_r1_k3_s1_e1_c8_skip', 'er_r1_k3_s2_e2_c16', 'ir_r1_k5_s2_e2_c24_se0.25']
  expect(configOfBlockList(CONFIG)).toEqual({
    stem: 8,
    stages: blocksOfArchitecture(strings, 8),
    padding: 'same',
    normEpsilon: 1e-3,
  })
})

test('a skip is as described, not as shapes would allow', () => {
  const [first, ...rest] = BLOCKS
  const { stages } = configOfBlockList({ ...CONFIG, blocks: [{ ...first, skip: false }, ...rest] })
  expect(stages[0]![0]!.skip).toBe(false)
})

test.each([
  ['mixed paddings', { ...CONFIG, stem: { out: 8, cls: 'Conv2d' } }, /mixed/],
  ['a missing block', { ...CONFIG, blocks: BLOCKS.slice(1) }, /out of order/],
  ['another kind', { ...CONFIG, blocks: [{ ...BLOCKS[0], kind: 'CondConv' }] }, /kind/],
  ['groups', { ...CONFIG, blocks: [{ ...BLOCKS[0], conv: convolution(8, 3, 1, { groups: 2 }) }] }, /grouped/],
])('%s is refused', (_, config, message) => expect(() => configOfBlockList(config)).toThrow(message))
