import { z } from 'zod'
import { AppError } from '../../foundation/appError'
import type { ParityCase } from '../parityCase'

/**
 * A case's `config`, checked.
 *
 * @throws AppError `model-invalid` saying which field is missing or of another kind.
 */
export function configOf<Schema extends z.ZodType>(parity: ParityCase, schema: Schema): z.output<Schema> {
  const parsed = schema.safeParse(parity.config)
  if (parsed.success) return parsed.data
  const why = z.prettifyError(parsed.error)
  throw new AppError(
    'model-invalid',
    `${parity.name}: the config does not describe a known network:\n${why}`,
    {
      cause: parsed.error,
    },
  )
}
