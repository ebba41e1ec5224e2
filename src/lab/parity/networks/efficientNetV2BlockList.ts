import { AppError } from '../../../core/foundation/appError'
import { z } from '../../../core/foundation/schema'
import type { EfficientNetV2Block, EfficientNetV2Config } from '../../../engine/models/efficientnetv2/config'

const convolution = z.object({
  out: z.int().positive(),
  k: z.int().positive(),
  s: z.int().min(1).max(2),
  groups: z.int().positive().default(1),
  cls: z.enum(['Conv2d', 'Conv2dSame']).default('Conv2d'),
})

const shared = { name: z.string().regex(/^blocks\.\d+\.\d+$/), skip: z.boolean() }
const squeeze = { se_reduced: z.int().nonnegative().nullable().default(0) }

const block = z.discriminatedUnion('kind', [
  z.object({ ...shared, kind: z.literal('ConvBnAct'), conv: convolution }),
  z.object({
    ...shared,
    ...squeeze,
    kind: z.literal('EdgeResidual'),
    conv_exp: convolution,
    conv_pwl: convolution,
  }),
  z.object({
    ...shared,
    ...squeeze,
    kind: z.literal('InvertedResidual'),
    conv_pw: convolution,
    conv_dw: convolution,
    conv_pwl: convolution,
  }),
])

const description = z.object({
  stem: z.object({ out: z.int().positive(), cls: convolution.shape.cls }),
  bn_eps: z.number().positive(),
  blocks: z.array(block).min(1),
})

/**
 * The encoder that a list of timm's blocks describes, as parity cases have it: `stem`, `bn_eps`, and `blocks`, each with
 * its name ("blocks.2.1"), kind, convolutions (out, k, s, groups, cls), squeezed width and whether it has a skip.
 *
 * @param value parsed JSON.
 * @throws AppError `bad-argument` where it describes something that EfficientNetV2 does not have.
 */
export function configOfBlockList(value: unknown): Omit<EfficientNetV2Config, 'decoderChannels'> {
  const parsed = description.safeParse(value)
  if (!parsed.success) throw unknownShape(z.prettifyError(parsed.error))
  const { stem, bn_eps: normEpsilon, blocks } = parsed.data
  const stages: EfficientNetV2Block[][] = []
  const strided = [stem.cls]
  for (const described of blocks) {
    const [, stage, index] = described.name.split('.').map(Number)
    if (index === 0) stages.push([])
    if (stages.length - 1 !== stage || stages.at(-1)?.length !== index)
      throw unknownShape(`${described.name} is out of order`)
    stages.at(-1)?.push(blockOf(described))
    for (const { s, cls } of spatialConvolutions(described)) if (s > 1) strided.push(cls)
  }
  // At stride 1 both paddings are the same, and timm writes the symmetric one.
  const same = strided.includes('Conv2dSame')
  if (same && strided.includes('Conv2d')) throw unknownShape('the paddings at stride 2 are mixed')
  return { stem: stem.out, stages, padding: same ? 'same' : 'symmetric', normEpsilon }
}

type Described = z.output<typeof block>

function blockOf(described: Described): EfficientNetV2Block {
  const { name, skip } = described
  const [spatial] = spatialConvolutions(described)
  const { k: kernel, s, groups } = spatial!
  const stride = s as 1 | 2
  if (described.kind === 'ConvBnAct') {
    const { out } = described.conv
    if (groups !== 1) throw unknownShape(`${name} has grouped convolutions`)
    return { kind: 'convolution', out, hidden: out, kernel, stride, squeeze: 0, skip }
  }
  const inverted = described.kind === 'InvertedResidual'
  const pointwise = inverted ? [described.conv_pw, described.conv_pwl] : [described.conv_pwl]
  const hidden = spatial!.out
  const plain = pointwise.every(({ k, s, groups }) => k === 1 && s === 1 && groups === 1)
  if (!plain || groups !== (inverted ? hidden : 1) || (inverted && described.conv_pw.out !== hidden))
    throw unknownShape(`${name} is neither Fused-MBConv nor MBConv`)
  const squeezed = described.se_reduced ?? 0
  const kind = inverted ? 'inverted' : 'fused'
  return { kind, out: described.conv_pwl.out, hidden, kernel, stride, squeeze: squeezed, skip }
}

function spatialConvolutions(described: Described) {
  if (described.kind === 'ConvBnAct') return [described.conv]
  return [described.kind === 'EdgeResidual' ? described.conv_exp : described.conv_dw]
}

function unknownShape(why: string): AppError {
  return new AppError('bad-argument', `The description is not of an EfficientNetV2 encoder: ${why}`)
}
