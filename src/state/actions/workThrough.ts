import { throwIfAborted } from '../../core/foundation/appError'
import { paceProgress } from '../../core/foundation/progress'
import type { JobRunner } from '../jobRunner'
import type { Studio } from '../studio'

/** What `JobRunner.run` hands to its work. */
export type JobOptions = Parameters<Parameters<JobRunner['run']>[1]>[0]

/** Items between two reports: thousands of them would keep the screen busier than the work. */
const REPORT_EVERY = 16

/**
 * Does the same to one thing after another, telling how far it is.
 *
 * @returns what came of each, without the nulls.
 * @throws AppError `aborted` between two of them
 */
export async function workThrough<Item, Result>(
  studio: Studio,
  label: string,
  items: readonly Item[],
  work: (item: Item) => Promise<Result | null>,
  { signal, onProgress }: JobOptions,
): Promise<Result[]> {
  const report = paceProgress(() => studio.now().getTime(), onProgress)
  const results: Result[] = []
  for (const [index, item] of items.entries()) {
    throwIfAborted(signal)
    const result = await work(item)
    if (result !== null) results.push(result)
    const done = index + 1
    if (done % REPORT_EVERY === 0 || done === items.length) report({ label, done, total: items.length })
  }
  return results
}
