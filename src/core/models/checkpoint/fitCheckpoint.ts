import { adaptBands, isFirstLayer } from './adaptBands'
import type { CheckpointReport } from './checkpointReport'
import { type DetectedDialect, detectDialect } from './detectDialect'
import { whyIgnored } from './ignoredKeys'
import type { StoredTensor } from './safetensors'
import { stripWrappers } from './stripWrappers'
import { toOurs } from './translate'

/** A parameter that wants a value: its name and its shape in a checkpoint (PyTorch layout). */
export interface WantedParameter {
  name: string
  shape: readonly number[]
}

export interface FitOptions {
  /** Bring a first layer with another number of bands to the network's (`adaptBands`). */
  adaptBands?: boolean
}

/** LoveCS's names of the source's half of a normalisation; its `weight_target`, `bias_target` are never used. */
const LOVECS_SOURCE = /\.(weight|bias|running_mean|running_var)_source$/
const TARGET_AFFINE = /(^|\.)(weight|bias)_target$/
const TARGET = '_target'

/**
 * Finds each parameter's value in a checkpoint of any known peer. Nothing is allocated on the device.
 *
 * @returns the values by parameter, float32 in PyTorch layout, and what became of everything.
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
    const tensor = options.adaptBands ? adapted(name, stored, expected, report) : stored
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
  report: CheckpointReport,
): StoredTensor {
  const [out, bands, ...area] = expected
  const [foundOut, given, ...foundArea] = tensor.shape
  const differsInBandsOnly =
    tensor.shape.length === 4 && foundOut === out && foundArea.join() === area.join() && given !== bands
  if (!isFirstLayer(name) || !differsInBandsOnly || !given || !bands || !out || !isFloat(tensor))
    return tensor
  report.adapted.push({ name, from: given, to: bands })
  return adaptBands(tensor, bands)
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
