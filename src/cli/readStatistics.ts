import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { AppError } from '../core/foundation/appError'
import type { BandStatistics } from '../core/patches/statistics'

const statisticsSchema = z.object({
  count: z.number().positive(),
  mean: z.array(z.number()).length(14),
  m2: z.array(z.number().nonnegative()).length(14),
})

/**
 * Band statistics in raw units from a JSON file.
 *
 * @throws AppError `bad-argument` where it cannot be read or is something else.
 */
export async function readStatistics(path: string): Promise<BandStatistics> {
  const text = await readFile(path, 'utf8').catch(cause => {
    throw new AppError('bad-argument', `--stats: "${path}" cannot be read.`, { cause })
  })
  try {
    return statisticsSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new AppError('bad-argument', `--stats: "${path}" is not {count, mean[14], m2[14]} in raw units.`, {
      cause,
    })
  }
}
