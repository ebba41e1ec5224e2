import { AppError } from '../foundation/appError'
import type { Field, FieldValue } from '../inventory/fields'

/** NUL, which ends a text for most readers, and halves of surrogate pairs, which are no UTF-8. */
const UNSTORABLE = /[\0\p{Surrogate}]/gu

/** A text as files can hold it: what they cannot becomes U+FFFD. */
export function storable(text: string): string {
  return text.replace(UNSTORABLE, '\ufffd')
}

/**
 * A field's value as files hold it. Numbers that are not finite become null: SQLite and JSON have none.
 *
 * @throws AppError `internal` for a value of another type than its field's
 */
export function storedValue(values: Readonly<Record<string, FieldValue>>, field: Field): FieldValue {
  const value = Object.hasOwn(values, field.name) ? values[field.name]! : null
  if (value === null) return null
  if (typeof value === 'string' && field.type === 'text') return storable(value)
  if (typeof value === 'number' && field.type !== 'text') {
    if (!Number.isFinite(value)) return null
    if (field.type === 'real' || Number.isSafeInteger(value)) return value
  }
  throw new AppError('internal', `The column "${field.name}" (${field.type}) cannot hold ${String(value)}.`)
}
