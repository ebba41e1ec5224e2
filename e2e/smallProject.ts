import { expect } from '@playwright/test'
import { demoFiles } from './demoFiles'
import type { StudioPage } from './studioPage'

/** The patches of the event. */
export const [FIRST, SECOND] = ['image_3', 'image_4'] as const

/** Two labelled patches and two of the event, small; the first of the event is on the map. */
export async function openSmall(studio: StudioPage, folder: string): Promise<void> {
  const files = await demoFiles(folder, { seed: 11, size: 64, sourceCount: 2, targetCount: 2 })
  await studio.open()
  await studio.drop(files)
  await studio.importDone()
  await studio.row(FIRST).click()
  await studio.idle()
}

/** A stroke across the patch on screen; returns its row's share of landslide after it. */
export async function paint(studio: StudioPage, row: string, across: number): Promise<string> {
  const before = await studio.shareText(row)
  await studio.stroke([0.4, across], [0.6, across])
  await expect(studio.share(row)).not.toHaveText(before)
  return studio.shareText(row)
}
