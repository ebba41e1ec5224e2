import { expect, test } from 'vitest'
import { blocksOfArchitecture, roundChannels } from './config'

test('a string spells out every block of its stage', () => {
  const [stage] = blocksOfArchitecture(['ir_r2_k5_s2_e4_c24_se0.25'], 16)
  const shared = { kind: 'inverted', out: 24, kernel: 5 }
  expect(stage).toEqual([
    { ...shared, hidden: 64, stride: 2, squeeze: 4, skip: false },
    { ...shared, hidden: 96, stride: 1, squeeze: 6, skip: true },
  ])
})

test('a plain convolution is skipped only where its string says so, the others unless theirs forbids it', () => {
  const skips = (text: string) => blocksOfArchitecture([text], 16)[0]!.map(({ skip }) => skip)
  expect(skips('cn_r2_k3_s1_e1_c16')).toEqual([false, false])
  expect(skips('cn_r2_k3_s1_e1_c16_skip')).toEqual([true, true])
  expect(skips('cn_r2_k3_s1_e1_c24_skip')).toEqual([false, true])
  expect(skips('er_r2_k3_s1_e2_c16')).toEqual([true, true])
  expect(skips('er_r2_k3_s1_e2_c16_noskip')).toEqual([false, false])
})

test('widths are rounded as timm does', () => {
  expect([8.8, 12, 30, 33, 57.6, 3].map(width => roundChannels(width))).toEqual([8, 16, 32, 32, 56, 8])
  // 11.5 would lose 30 % to 8.
  expect([roundChannels(11.5), roundChannels(11.5, 0)]).toEqual([16, 8])
})

test('depth is scaled up, and shared out among the rows of a stage', () => {
  const scale = { width: 1, depth: 1.4, roundLimit: 0.9 }
  expect(blocksOfArchitecture(['er_r5_k3_s2_e4_c48'], 24, scale)[0]).toHaveLength(7)
  const mixed = blocksOfArchitecture([['er_r1_k3_s2_e4_c48', 'ir_r2_k3_s1_e4_c48']], 24, scale)[0]!
  expect(mixed.map(({ kind }) => kind)).toEqual(['fused', 'fused', 'inverted', 'inverted', 'inverted'])
})

test.each(['uir_r1_k3_s1_e1_c8', 'er_r1_k3_s4_e1_c8', 'er_r1_s1_e1_c8', 'er_r1_k3_s1_e1_c8_d1'])(
  '%s is refused',
  text => expect(() => blocksOfArchitecture([text], 8)).toThrow(/is not a stage of EfficientNetV2/),
)
