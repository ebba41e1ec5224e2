import { z } from './schema'

/** Letters, digits and "_.~-", but not "." and "..": safe in a path, an address and a selector. */
const PATTERN = /^(?!\.+$)[\p{L}\p{N}_.~-]{1,200}$/u

/**
 * Whether a text may be the id of a patch, round, model, verdict or project. Ids name files and are keys of plain objects,
 * so that a name which every object has ("__proto__", "constructor") is none either.
 */
export function isId(text: string): boolean {
  return PATTERN.test(text) && !(text in Object.prototype)
}

/** An id, also of a record or manifest from anywhere. */
export const idSchema = z.string().refine(isId, 'not an id: letters, digits and _ . ~ - only')
