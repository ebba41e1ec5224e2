/** What a template's places held: stage and block numbers, and the rest of the name. */
export type NameParts = Readonly<Record<string, string>>

/** A family of parameter names with places in them, read and written. */
export interface NameTemplate {
  /** null where the name is not of this family. */
  match(name: string): NameParts | null
  format(parts: NameParts): string
}

/**
 * Compiles a template: `{s}` is a whole number, `{s+1}` the number s counted from 1, `{rest}` whatever follows. Two
 * templates with the same places make a renaming that can be undone: `block{s+1}.{b}.norm1.{rest}` and
 * `block.{s}.{b}.layer_norm_1.{rest}`.
 */
export function nameTemplate(template: string): NameTemplate {
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
