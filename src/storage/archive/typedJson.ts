const KINDS = { uint8: Uint8Array, uint32: Uint32Array, float32: Float32Array } as const
type Kind = keyof typeof KINDS

/** JSON in which typed arrays stand as `{"$uint32": "<base64 of their little-endian bytes>"}`. */
export function toTypedJson(value: unknown): string {
  return JSON.stringify(value, (_key, field: unknown) => {
    for (const [kind, type] of Object.entries(KINDS)) {
      if (field instanceof type) return { [`$${kind}`]: toBase64(field) }
    }
    return field
  })
}

/**
 * The value again.
 *
 * @throws SyntaxError where it is no JSON, RangeError where a typed array's bytes do not fit its kind.
 */
export function fromTypedJson(text: string): unknown {
  return JSON.parse(text, (_key, field: unknown) => {
    if (typeof field !== 'object' || field === null) return field
    const [entry, ...others] = Object.entries(field)
    const kind = entry?.[0].startsWith('$') ? entry[0].slice(1) : ''
    if (!entry || others.length > 0 || !Object.hasOwn(KINDS, kind) || typeof entry[1] !== 'string')
      return field
    const bytes = Uint8Array.from(atob(entry[1]), character => character.charCodeAt(0))
    return new KINDS[kind as Kind](bytes.buffer)
  })
}

/** Characters that one call of `fromCharCode` may take. */
const STEP = 32_768

function toBase64(array: Uint8Array | Uint32Array | Float32Array): string {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
  let text = ''
  for (let at = 0; at < bytes.length; at += STEP) {
    text += String.fromCharCode(...bytes.subarray(at, at + STEP))
  }
  return btoa(text)
}
