import { AppError } from '../../foundation/appError'
import type { Dialect, DialectRule } from './dialect'
import { type NameTemplate, nameTemplate } from './nameTemplate'
import type { StoredTensor } from './safetensors'

interface CompiledRule {
  peer: NameTemplate
  ours: readonly NameTemplate[]
  reorder: DialectRule['reorder']
}

/**
 * A peer's tensor under our names: one, or several where the peer joins what we keep apart. A key that the dialect has
 * no rule for keeps its name.
 */
export type ToOurs = (key: string, tensor: StoredTensor) => { name: string; tensor: StoredTensor }[]

/** @param stem what the checkpoint at hand has before its encoder's names. */
export function toOurs(dialect: Dialect, stem: string): ToOurs {
  const rules = compile(dialect, stem)
  return (key, tensor) => {
    for (const { peer, ours, reorder } of rules) {
      const parts = peer.match(key)
      if (!parts) continue
      const rows = splitRows(reorder ? reorder.toOurs(tensor) : tensor, ours.length)
      if (rows) return ours.map((template, index) => ({ name: template.format(parts), tensor: rows[index]! }))
    }
    return [{ name: key, tensor }]
  }
}

/**
 * Our tensors under a peer's names, what the peer joins joined, in our order. Names that the dialect has no rule for
 * stay: a decoder that the peer does not have.
 *
 * @throws AppError `weights-mismatch` if one of the tensors to join is missing.
 */
export function toPeer(
  tensors: ReadonlyMap<string, StoredTensor>,
  dialect: Dialect,
): Map<string, StoredTensor> {
  const rules = compile(dialect, dialect.stem)
  const result = new Map<string, StoredTensor>()
  for (const [name, tensor] of tensors) {
    const translated = peerOf(name, tensor, rules, tensors)
    if (translated && !result.has(translated.key)) result.set(translated.key, translated.tensor)
  }
  return result
}

function peerOf(
  name: string,
  tensor: StoredTensor,
  rules: readonly CompiledRule[],
  tensors: ReadonlyMap<string, StoredTensor>,
): { key: string; tensor: StoredTensor } | null {
  for (const { peer, ours, reorder } of rules) {
    for (const [index, template] of ours.entries()) {
      const parts = template.match(name)
      if (!parts) continue
      // The first of those joined stands for all.
      if (index > 0) return null
      const rows = ours.map(other => {
        const found = tensors.get(other.format(parts))
        if (found) return found
        throw new AppError('weights-mismatch', `"${other.format(parts)}" is missing beside "${name}".`)
      })
      const joined = rows.length === 1 ? tensor : joinRows(rows)
      return { key: peer.format(parts), tensor: reorder ? reorder.toPeer(joined) : joined }
    }
  }
  return { key: name, tensor }
}

function compile(dialect: Dialect, stem: string): CompiledRule[] {
  const withStem = dialect.encoder.map(rule => ({ ...rule, peer: stem + rule.peer }))
  return [...withStem, ...dialect.decoder].map(({ peer, ours, reorder }) => ({
    peer: nameTemplate(peer),
    ours: (typeof ours === 'string' ? [ours] : ours).map(nameTemplate),
    reorder,
  }))
}

/** null where the rows do not part evenly. Views: nothing is copied. */
function splitRows(tensor: StoredTensor, count: number): StoredTensor[] | null {
  if (count === 1) return [tensor]
  const [rows, ...others] = tensor.shape
  if (rows === undefined || rows % count !== 0) return null
  const size = tensor.data.length / count
  return Array.from({ length: count }, (_, index) => ({
    shape: [rows / count, ...others],
    data: tensor.data.subarray(index * size, (index + 1) * size),
  }))
}

function joinRows(tensors: readonly StoredTensor[]): StoredTensor {
  const [first] = tensors
  const data = new Float32Array(tensors.reduce((sum, tensor) => sum + tensor.data.length, 0))
  let at = 0
  for (const tensor of tensors) {
    data.set(Float32Array.from(tensor.data as Float32Array), at)
    at += tensor.data.length
  }
  const rows = tensors.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0)
  return { shape: [rows, ...first!.shape.slice(1)], data }
}
