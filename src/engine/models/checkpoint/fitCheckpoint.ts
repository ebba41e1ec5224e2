import { AppError } from '../../../core/foundation/appError'
import { type BandMapping, bandSetsOf, describeMapping } from '../../../core/patches/bandSets'
import type { DialectName } from '../../../core/rounds/modelManifest'
import { type DetectedDialect, detectDialect, stripWrappers, whyIgnored } from './checkpointKeys'
import type { StoredTensor } from './safetensors'
import { toOurs } from './translate'

/** What became of every key of a checkpoint, and of every parameter. */
export interface CheckpointReport {
  /** Whose key names the checkpoint has; null: none that is known, its keys are the parameters' own. */
  dialect: DialectName | null
  /** Parameters that took a value. */
  loaded: string[]
  /** Parameters that the checkpoint does not hold; they keep their values. */
  missing: string[]
  /** Checkpoint keys that the network has no place for. */
  unexpected: string[]
  /** Shapes as in the checkpoint (PyTorch). */
  misshaped: { name: string; expected: number[]; found: number[] }[]
  /** Parameters whose values are not numbers (NaN, infinite) or not stored as floats. */
  unusable: { name: string; reason: string }[]
  /** Checkpoint keys that may be left out, and why. */
  ignored: { key: string; reason: string }[]
  /** First layers brought to other bands: by name as `bands` has it, or by position (null). */
  adapted: { name: string; from: number; to: number; bands: BandMapping | null }[]
  /** The target's parameters that took the source's, since the checkpoint knows one domain only. */
  copiedToTarget: string[]
}

/** True where every parameter took a value and every key has its place. */
export function fitsWholly({ missing, unexpected, misshaped, unusable }: CheckpointReport): boolean {
  return missing.length + unexpected.length + misshaped.length + unusable.length === 0
}

/** A line per row that a person should read; what was simply loaded is counted, see `summarise`. */
export function reportLines(report: CheckpointReport, limit = Number.POSITIVE_INFINITY): string[] {
  const row = (kind: string, text: string) => `  ${kind.padEnd(12)}${text}`
  const lines = [
    ...report.missing.map(name => row('missing', name)),
    ...report.unexpected.map(key => row('unexpected', key)),
    ...report.misshaped.map(({ name, expected, found }) =>
      row('wrong shape', `${name}: [${found}] where [${expected}] belongs`),
    ),
    ...report.unusable.map(({ name, reason }) => row('unusable', `${name}: ${reason}`)),
    ...report.adapted.flatMap(({ name, from, to, bands }) => [
      row('adapted', `${name}: ${from} bands to ${to}, by ${bands ? 'name' : 'position'}`),
      ...(bands ? [row('bands', numbered(bands.checkpoint)), row('', describeMapping(bands))] : []),
    ]),
    ...ignoredByReason(report).map(text => row('ignored', text)),
  ]
  if (lines.length <= limit) return lines
  return [...lines.slice(0, limit), `  and ${lines.length - limit} more`]
}

/** "1 B4, 2 B3, 3 B2": the order in which the checkpoint was read. */
function numbered(names: readonly string[]): string {
  return names.map((name, index) => `${index + 1} ${name}`).join(', ')
}

function ignoredByReason({ ignored }: CheckpointReport): string[] {
  const keys = new Map<string, string[]>()
  for (const { key, reason } of ignored) keys.set(reason, [...(keys.get(reason) ?? []), key])
  return [...keys].map(([reason, [first, ...others]]) =>
    others.length === 0 ? `${first}: ${reason}` : `${first} and ${others.length} more: ${reason}`,
  )
}

/** "120 loaded, 4 copied to the target domain, 2 missing", what is zero left out. */
export function summarise(report: CheckpointReport): string {
  const counts: [number, string][] = [
    [report.loaded.length, 'loaded'],
    [report.copiedToTarget.length, 'copied to the target domain'],
    [report.adapted.length, 'adapted in bands'],
    [report.missing.length, 'missing'],
    [report.unexpected.length, 'unexpected'],
    [report.misshaped.length, 'of a wrong shape'],
    [report.unusable.length, 'unusable'],
    [report.ignored.length, 'ignored'],
  ]
  return counts
    .filter(([count], index) => index === 0 || count > 0)
    .map(([count, what]) => `${count} ${what}`)
    .join(', ')
}

/** The convolutions that see the image, by our names. */
const FIRST_LAYER =
  /(^|\.)(patch_embeddings\.0\.proj|patch_embed\.proj|conv_stem)\.weight$|^(encoder\.)?conv1\.weight$/

export function isFirstLayer(name: string): boolean {
  return FIRST_LAYER.test(name)
}

/**
 * A first convolution for another number of bands, by timm's convention (`adapt_input_conv`): one band takes the sum over
 * all; more take the given ones in turn, scaled by given / wanted, so that equal bands give what they gave before.
 * timm defines it from 3 bands; from another number it is the same rule.
 *
 * @param kernel [out, bands, kh, kw], PyTorch layout.
 */
export function adaptBands(kernel: StoredTensor, bands: number): StoredTensor {
  const [out, given, height, width] = kernel.shape
  if (
    kernel.shape.length !== 4 ||
    !out ||
    !given ||
    !height ||
    !width ||
    kernel.data instanceof BigInt64Array
  ) {
    throw new AppError('internal', `A first layer of shape [${kernel.shape}] has no bands to adapt.`)
  }
  if (given === bands) return kernel
  const area = height * width
  const data = new Float32Array(out * bands * area)
  for (let o = 0; o < out; o++) {
    const from = kernel.data.subarray(o * given * area, (o + 1) * given * area)
    const to = data.subarray(o * bands * area, (o + 1) * bands * area)
    if (bands === 1) {
      for (let i = 0; i < from.length; i++) to[i % area]! += from[i]!
    } else {
      for (let i = 0; i < to.length; i++) to[i] = from[i % from.length]! * (given / bands)
    }
  }
  return { shape: [out, bands, height, width], data }
}

/**
 * A first convolution for the 14 bands, from one whose bands are known by name: each takes the weights of its namesake,
 * unscaled, and zeros where there is none.
 *
 * timm scales by given / wanted since it repeats bands, which would add up. Here no band is counted twice: on inputs
 * that are z-scored band by band, as the checkpoint's were, the layer gives for the bands that stay what it gave before,
 * and bands at zero add nothing. What dropped bands gave is missing; to make up for it by a factor would say that every
 * band gives as much.
 *
 * @param kernel [out, bands, kh, kw], PyTorch layout, of as many bands as the mapping names.
 * @returns [out, 14, kh, kw]
 * @throws AppError `bands-mismatch` where the layer takes another number of bands than are named.
 */
export function adaptBandsByName(kernel: StoredTensor, { checkpoint, ours }: BandMapping): StoredTensor {
  const [out, given, height, width] = kernel.shape
  if (kernel.shape.length !== 4 || !out || !height || !width || kernel.data instanceof BigInt64Array) {
    throw new AppError('internal', `A first layer of shape [${kernel.shape}] has no bands to adapt.`)
  }
  if (given !== checkpoint.length) throw new AppError('bands-mismatch', otherCount(given ?? 0, checkpoint))
  const area = height * width
  const data = new Float32Array(out * ours.length * area)
  for (let o = 0; o < out; o++) {
    for (const [to, { from }] of ours.entries()) {
      if (from === null) continue
      const start = (o * given + from) * area
      data.set(kernel.data.subarray(start, start + area), (o * ours.length + to) * area)
    }
  }
  return { shape: [out, ours.length, height, width], data }
}

function otherCount(given: number, named: readonly string[]): string {
  const sets = bandSetsOf(given).map(({ id }) => id)
  const known = sets.length > 0 ? ` Known sets of ${given}: ${sets.join(', ')}.` : ''
  return `The checkpoint's first layer takes ${given} bands, but ${named.length} are named (${named.join(', ')}).${known}`
}

/** A parameter that wants a value: its name and its shape in a checkpoint (PyTorch layout). */
export interface WantedParameter {
  name: string
  shape: readonly number[]
}

export interface FitOptions {
  /**
   * Bring a first layer of other bands to the network's: by position where their number differs (`adaptBands`), or by
   * these names to the 14 (`adaptBandsByName`).
   */
  adaptBands?: 'by-position' | BandMapping
}

/** LoveCS's names of the source's half of a normalisation; its `weight_target`, `bias_target` are never used. */
const LOVECS_SOURCE = /\.(weight|bias|running_mean|running_var)_source$/

const TARGET_AFFINE = /(^|\.)(weight|bias)_target$/

const TARGET = '_target'

/**
 * Finds each parameter's value in a checkpoint of any known peer. Nothing is allocated on the device.
 *
 * @returns the values by parameter, float32 in PyTorch layout, and what became of everything.
 * @throws AppError `bands-mismatch` where the first layer takes another number of bands than are named.
 */
export function fitCheckpoint(
  parameters: readonly WantedParameter[],
  tensors: ReadonlyMap<string, StoredTensor>,
  options: FitOptions = {},
): { values: Map<string, StoredTensor>; report: CheckpointReport } {
  const names = new Set(parameters.map(({ name }) => name))
  const detected = detectDialect(withoutWrappers(tensors))
  const { found, unexpected, ignored } = underOurNames(tensors, names, detected)
  const report: CheckpointReport = {
    dialect: detected?.dialect.name ?? null,
    loaded: [],
    missing: [],
    unexpected,
    misshaped: [],
    unusable: [],
    ignored,
    adapted: [],
    copiedToTarget: [],
  }
  const values = new Map<string, StoredTensor>()
  for (const { name, shape: expected } of parameters) {
    const sourceName = name.endsWith(TARGET) ? name.slice(0, -TARGET.length) : null
    const stored = found.get(name) ?? (sourceName ? found.get(sourceName) : undefined)
    if (!stored) {
      report.missing.push(name)
      continue
    }
    const tensor = options.adaptBands ? adapted(name, stored, expected, options.adaptBands, report) : stored
    const reason = whyUnusable(tensor)
    if (tensor.shape.join() !== expected.join()) {
      report.misshaped.push({ name, expected: [...expected], found: stored.shape })
    } else if (reason) report.unusable.push({ name, reason })
    else {
      values.set(name, tensor)
      if (found.has(name)) report.loaded.push(name)
      else report.copiedToTarget.push(name)
    }
  }
  return { values, report }
}

/** A checkpoint's tensors by keys without wrappers; of two that become one the first counts. */
export function withoutWrappers(tensors: ReadonlyMap<string, StoredTensor>): Map<string, StoredTensor> {
  const bare = new Map<string, StoredTensor>()
  for (const [key, tensor] of tensors) {
    const name = stripWrappers(key).replace(LOVECS_SOURCE, '.$1')
    if (!bare.has(name)) bare.set(name, tensor)
  }
  return bare
}

function underOurNames(
  tensors: ReadonlyMap<string, StoredTensor>,
  names: ReadonlySet<string>,
  detected: DetectedDialect | null,
) {
  const found = new Map<string, StoredTensor>()
  const unexpected: string[] = []
  const ignored: CheckpointReport['ignored'] = []
  const isLovecs = [...tensors.keys()].some(key => LOVECS_SOURCE.test(key))
  const translate = detected ? toOurs(detected.dialect, detected.stem) : null
  const encoder = detected && { family: detected.dialect.family, stem: detected.stem }
  const take = (name: string | null, tensor: StoredTensor): boolean => {
    if (name === null || found.has(name)) return false
    found.set(name, tensor)
    return true
  }
  for (const [key, tensor] of tensors) {
    const bare = stripWrappers(key).replace(LOVECS_SOURCE, '.$1')
    const own = [key, bare].find(name => names.has(name))
    if (own !== undefined) {
      if (!take(own, tensor)) unexpected.push(key)
      continue
    }
    const translated = translate?.(bare, tensor) ?? []
    const resolved = translated.map(part => ({ name: nameIn(names, part.name), tensor: part.tensor }))
    // Every part must be taken, and be asked for.
    if (resolved.length > 0 && resolved.every(part => part.name !== null)) {
      if (!resolved.map(part => take(part.name, part.tensor)).every(Boolean)) unexpected.push(key)
      continue
    }
    const reason = isLovecs && TARGET_AFFINE.test(bare) ? 'LoveCS never uses it' : whyIgnored(bare, encoder)
    if (reason) ignored.push({ key, reason })
    else unexpected.push(key)
  }
  return { found, unexpected, ignored }
}

/** The name as the network has it: a part of a network (an encoder alone) may begin further in. */
function nameIn(names: ReadonlySet<string>, name: string): string | null {
  if (names.has(name)) return name
  for (const prefix of ['encoder.model.', 'encoder.', 'segformer.encoder.', 'segformer.']) {
    const inner = name.startsWith(prefix) ? name.slice(prefix.length) : null
    if (inner !== null && names.has(inner)) return inner
  }
  return null
}

function adapted(
  name: string,
  tensor: StoredTensor,
  expected: readonly number[],
  how: 'by-position' | BandMapping,
  report: CheckpointReport,
): StoredTensor {
  const [out, bands, ...area] = expected
  const [foundOut, given, ...foundArea] = tensor.shape
  const fitsButForBands =
    tensor.shape.length === 4 && foundOut === out && foundArea.join() === area.join() && isFloat(tensor)
  if (!isFirstLayer(name) || !fitsButForBands || !given || !bands) return tensor
  if (how === 'by-position') {
    if (given === bands) return tensor
    report.adapted.push({ name, from: given, to: bands, bands: null })
    return adaptBands(tensor, bands)
  }
  if (how.ours.every(({ from }, band) => from === band) && given === bands) return tensor
  const renamed = adaptBandsByName(tensor, how)
  report.adapted.push({ name, from: given, to: how.ours.length, bands: how })
  return renamed
}

function isFloat({ data }: StoredTensor): boolean {
  return data instanceof Float32Array || data instanceof Float64Array
}

function whyUnusable(tensor: StoredTensor): string | null {
  if (!isFloat(tensor)) return 'its values are whole numbers; save the weights as floats'
  const { data } = tensor
  for (let i = 0; i < data.length; i++) {
    // As float32, in which it would be kept.
    const value = Math.fround(Number(data[i]))
    if (!Number.isFinite(value)) return `value ${i} is ${value}`
  }
  return null
}
