import { saveThreshold } from '../review/threshold'
import type { Studio } from '../studio'

/**
 * Writes everything that waits: masks, the threshold, the queue.
 *
 * @throws AppError what keeps a change from the disk
 */
export async function saveAll(studio: Studio): Promise<void> {
  studio.maskSaver.flush()
  saveThreshold(studio)
  await studio.writes.settled()
}
