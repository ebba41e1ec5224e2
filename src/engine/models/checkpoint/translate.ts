import { AppError } from '../../../core/foundation/appError'
import type { Dialect, DialectRule } from './dialects'
import type { StoredTensor } from './safetensors'

/** What a template's places held: stage and block numbers, and the rest of the name. */
export type NameParts = Readonly<Record<string, string>>

/** A family of parameter names with places in them, read and written. */
interface NameTemplate {
  /** null where the name is not of this family. */
  match(name: string): NameParts | null
  format(parts: NameParts): string
}

/**
 * Compiles a template: `{s}` is a whole number, `{s+1}` the number s counted from 1, `{rest}` whatever follows. Two
 * templates with the same places make a renaming that can be undone: `block{s+1}.{b}.norm1.{rest}` and
 * `block.{s}.{b}.layer_norm_1.{rest}`.
 */
function nameTemplate(template: string): NameTemplate {
  const pieces = template.split(/(\{\w+(?:\+\d+)?\})/)
  const places = pieces.map(piece => {
    const [, name, offset] = /^\{(\w+)(?:\+(\d+))?\}$/.exec(piece) ?? []
    return name === undefined ? null : { name, offset: Number(offset ?? 0) }
  })
  const pattern = new RegExp(
    `^${pieces
      .map((piece, index) => {
        const place = places[index]
        if (!place) return piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
        return place.name === 'rest' ? '(.+)' : '(0|[1-9]\\d{0,3})'
      })
      .join('')}$`,
  )
  const captured = places.filter(place => place !== null)
  return {
    match(name) {
      const found = pattern.exec(name)
      if (!found) return null
      const parts: Record<string, string> = {}
      for (const [index, { name: place, offset }] of captured.entries()) {
        const text = found[index + 1]!
        if (place === 'rest') parts[place] = text
        else if (Number(text) < offset) return null
        else parts[place] = String(Number(text) - offset)
      }
      return parts
    },
    format: parts =>
      pieces
        .map((piece, index) => {
          const place = places[index]
          if (!place) return piece
          const value = parts[place.name]!
          return place.name === 'rest' ? value : String(Number(value) + place.offset)
        })
        .join(''),
  }
}

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

/** @param stem what this checkpoint has before its encoder's names. */
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
