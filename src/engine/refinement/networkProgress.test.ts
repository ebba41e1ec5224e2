import { expect, test } from 'vitest'
import { defaultRoundConfig } from '../../core/rounds/roundConfig'
import { openNetworkProgress } from './networkProgress'
import type { RoundTrainingCheckpoint } from './roundInput'

const config = { ...defaultRoundConfig, steps: 10 }
const STATE = Uint8Array.of(1, 2, 3, 4, 5)

function kept(clock: { due: boolean }) {
  const files = new Map<string, Uint8Array>()
  const checkpoint: RoundTrainingCheckpoint = {
    read: async family => files.get(family) ?? null,
    write: async (family, bytes) => void files.set(family, bytes),
    clear: async family => void files.delete(family),
    due: () => clock.due,
  }
  return { files, trainingCheckpoint: checkpoint, config }
}

test('a state goes through unchanged, whenever the clock asks for it', async () => {
  const clock = { due: false }
  const place = kept(clock)
  const progress = (await openNetworkProgress(place, 'segformer'))!
  expect(progress.checkpoint.resumeFrom).toBeNull()
  expect(progress.checkpoint.due(3)).toBe(false)
  clock.due = true
  expect(progress.checkpoint.due(4)).toBe(true)
  await progress.checkpoint.save(STATE)
  await progress.notePredicted(5, true)

  const again = (await openNetworkProgress(place, 'segformer'))!
  expect(again.checkpoint.resumeFrom).toEqual(STATE)
  expect(again.predicted).toBe(0)
  expect((await openNetworkProgress(place, 'hrnet-ocr'))!.checkpoint.resumeFrom).toBeNull()
})

test('the last step is always saved; from then on predictions are counted, over two resumptions', async () => {
  const clock = { due: false }
  const place = kept(clock)
  const progress = (await openNetworkProgress(place, 'segformer'))!
  expect(progress.checkpoint.due(10)).toBe(true)
  await progress.checkpoint.save(STATE)
  await progress.notePredicted(6)
  expect((await openNetworkProgress(place, 'segformer'))!.predicted).toBe(0)
  clock.due = true
  await progress.notePredicted(7)

  const again = (await openNetworkProgress(place, 'segformer'))!
  expect(again.predicted).toBe(7)
  expect(again.checkpoint.resumeFrom).toEqual(STATE)
  await again.notePredicted(9)
  expect((await openNetworkProgress(place, 'segformer'))!.predicted).toBe(9)
})

test('no checkpoint wanted is none; a damaged one is refused', async () => {
  expect(await openNetworkProgress({ config }, 'segformer')).toBeNull()
  const place = kept({ due: false })
  place.files.set('segformer', Uint8Array.of(1, 2, 3))
  await expect(openNetworkProgress(place, 'segformer')).rejects.toMatchObject({ code: 'storage-failed' })
})
