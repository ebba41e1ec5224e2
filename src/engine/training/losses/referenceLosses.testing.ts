/**
 * The losses once more, from their papers, in plain float64 JavaScript: what tests take slopes of by differences. Nothing
 * here is shared with the real ones.
 */

/** B images of H W pixels, C logits each: [b][pixel][class]. */
export type ReferenceLogits = number[][][]
/** [b][pixel]; 255 is ignored. */
export type ReferenceLabels = number[][]

const IGNORED = 255
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

function logProbabilities(logits: readonly number[]): number[] {
  const top = Math.max(...logits)
  const total = Math.log(sum(logits.map(value => Math.exp(value - top))))
  return logits.map(value => value - top - total)
}

interface Pixel {
  logits: number[]
  label: number
}

function validPixels(logits: ReferenceLogits, labels: ReferenceLabels): Pixel[] {
  return logits
    .flatMap((image, b) => image.map((pixel, i) => ({ logits: pixel, label: labels[b]![i]! })))
    .filter(({ label }) => label !== IGNORED)
}

export interface ReferenceCrossEntropy {
  variant?: 'torch' | 'toolbelt'
  reduction?: 'mean' | 'sum'
  labelSmoothing?: number
  classWeights?: readonly number[]
}

export function crossEntropyReference(
  logits: ReferenceLogits,
  labels: ReferenceLabels,
  { variant = 'torch', reduction = 'mean', labelSmoothing = 0, classWeights }: ReferenceCrossEntropy = {},
): number {
  const valid = validPixels(logits, labels)
  const weight = (c: number) => classWeights?.[c] ?? 1
  const total = sum(
    valid.map(pixel => {
      const logs = logProbabilities(pixel.logits)
      const smooth = sum(logs.map((log, c) => -log * weight(c))) / logs.length
      return (1 - labelSmoothing) * -logs[pixel.label]! * weight(pixel.label) + labelSmoothing * smooth
    }),
  )
  if (reduction === 'sum') return total
  if (variant === 'toolbelt') return total / sum(labels.map(image => image.length))
  return valid.length === 0 ? 0 : total / sum(valid.map(({ label }) => weight(label)))
}

export function ohemReference(
  logits: ReferenceLogits,
  labels: ReferenceLabels,
  { variant, threshold, minKept }: { variant: 'hrnet' | 'mmseg'; threshold: number | null; minKept: number },
): { loss: number; kept: number } {
  const losses = validPixels(logits, labels).map(({ logits, label }) => -logProbabilities(logits)[label]!)
  const wanted = variant === 'mmseg' ? minKept * logits.length : minKept
  const falling = [...losses].sort((a, b) => b - a)
  const least = Math.exp(-(falling[Math.min(wanted, losses.length - 1)] ?? 0))
  const kept =
    threshold === null
      ? falling.slice(0, wanted)
      : losses.filter(loss => Math.exp(-loss) < Math.max(threshold, least))
  const divisor = variant === 'mmseg' ? sum(labels.map(image => image.length)) : Math.max(1, kept.length)
  return { loss: sum(kept) / divisor, kept: kept.length }
}

/** 1 - intersection / union of the foreground when the first k pixels by falling error are mistaken. */
function jaccardLoss(foreground: readonly boolean[], k: number): number {
  const total = foreground.filter(Boolean).length
  const missed = foreground.slice(0, k).filter(Boolean).length
  const union = total + k - missed
  return union === 0 ? 0 : 1 - (total - missed) / union
}

function lovaszExtension(errors: readonly number[], foreground: readonly boolean[]): number {
  const order = errors.map((_, i) => i).sort((a, b) => errors[b]! - errors[a]! || a - b)
  const sorted = order.map(i => foreground[i]!)
  return sum(order.map((i, k) => errors[i]! * (jaccardLoss(sorted, k + 1) - jaccardLoss(sorted, k))))
}

export interface ReferenceLovasz {
  classes?: 'present' | 'all'
  perImage?: boolean
}

export function lovaszSoftmaxReference(
  logits: ReferenceLogits,
  labels: ReferenceLabels,
  { classes = 'present', perImage = false }: ReferenceLovasz = {},
): number {
  return eachImage(logits, labels, perImage, pixels => {
    const count = pixels[0]?.logits.length ?? 0
    const counted = Array.from({ length: count }, (_, c) => c).filter(
      c => classes === 'all' || pixels.some(({ label }) => label === c),
    )
    const losses = counted.map(c => {
      const errors = pixels.map(({ logits, label }) =>
        Math.abs(Number(label === c) - Math.exp(logProbabilities(logits)[c]!)),
      )
      return lovaszExtension(
        errors,
        pixels.map(({ label }) => label === c),
      )
    })
    return counted.length === 0 ? 0 : sum(losses) / counted.length
  })
}

/** @param logits one per pixel. */
export function lovaszHingeReference(
  logits: ReferenceLogits,
  labels: ReferenceLabels,
  { perImage = false }: Pick<ReferenceLovasz, 'perImage'> = {},
): number {
  return eachImage(logits, labels, perImage, pixels => {
    const errors = pixels.map(({ logits, label }) => 1 - logits[0]! * (2 * label - 1))
    const foreground = pixels.map(({ label }) => label === 1)
    const order = errors.map((_, i) => i).sort((a, b) => errors[b]! - errors[a]! || a - b)
    const sorted = order.map(i => foreground[i]!)
    return sum(
      order.map((i, k) => Math.max(0, errors[i]!) * (jaccardLoss(sorted, k + 1) - jaccardLoss(sorted, k))),
    )
  })
}

function eachImage(
  logits: ReferenceLogits,
  labels: ReferenceLabels,
  perImage: boolean,
  loss: (pixels: Pixel[]) => number,
): number {
  if (!perImage) return loss(validPixels(logits, labels))
  return sum(logits.map((image, b) => loss(validPixels([image], [labels[b]!])))) / logits.length
}

/** d f / d logits by central differences, in the order of the logits. */
export function differences(
  logits: ReferenceLogits,
  f: (logits: ReferenceLogits) => number,
  step = 1e-5,
): number[] {
  const moved = (b: number, i: number, c: number, by: number) =>
    f(
      logits.map((image, at) =>
        at !== b
          ? image
          : image.map((pixel, p) =>
              p !== i ? pixel : pixel.map((value, k) => (k === c ? value + by : value)),
            ),
      ),
    )
  return logits.flatMap((image, b) =>
    image.flatMap((pixel, i) =>
      pixel.map((_, c) => (moved(b, i, c, step) - moved(b, i, c, -step)) / (2 * step)),
    ),
  )
}
