import { type BrowserContext, expect, type Page, test } from '@playwright/test'
import { expectAccessible } from './axe'
import { madeSceneFiles } from './sceneFiles'
import { FIRST, openSmall, paint, SECOND } from './smallProject'
import { StudioPage } from './studioPage'

/** Bytes that this site may store; null: as the browser grants. */
async function setQuota(
  context: BrowserContext,
  page: Page,
  origin: string,
  bytes: number | null,
): Promise<void> {
  const session = await context.newCDPSession(page)
  await session.send('Storage.overrideQuotaForOrigin', {
    origin,
    ...(bytes !== null && { quotaSize: bytes }),
  })
}

test('a full disk keeps changes in memory, says so, and saves them once there is room', async ({
  page,
  context,
  baseURL,
}, testInfo) => {
  const studio = new StudioPage(page)
  await openSmall(studio, testInfo.outputPath('patches'))
  await studio.button('Brush').click()
  await setQuota(context, page, baseURL!, 1)
  const painted = await paint(studio, FIRST, 0.4)
  await studio.button('Accept').click()
  const strip = page.getByRole('region', { name: 'Not saved' })
  await expect(strip).toContainText(/not saved: the disk space for this site is used up/)
  await expect(strip.getByRole('button', { name: 'Storage' })).toBeEnabled()
  await expectAccessible(page, 'not saved')
  // Work continues.
  await expect(studio.row(FIRST)).toContainText('Corrected')
  await studio.idle()
  await paint(studio, SECOND, 0.5)
  await setQuota(context, page, baseURL!, null)
  // It is tried again by itself too: the strip may be gone before the click lands.
  await Promise.race([
    strip.getByRole('button', { name: 'Retry saving' }).click(),
    strip.waitFor({ state: 'hidden' }),
  ])
  await expect(strip).toBeHidden()
  await studio.saved()
  await page.reload()
  await expect(studio.row(FIRST)).toContainText('Corrected')
  await expect(studio.share(FIRST)).toHaveText(painted)
  await page.keyboard.press('Control+z')
  await page.keyboard.press('Control+z')
  await expect(studio.row(FIRST)).not.toContainText('Corrected')
})

test('a scene that a full disk cuts off keeps its cells, is completed by Continue, and is removed on request', async ({
  page,
  context,
  baseURL,
}, testInfo) => {
  const studio = new StudioPage(page)
  await studio.open()
  const strip = page.getByRole('region', { name: 'Scene not whole' })
  const cells = studio.patches.getByRole('option')
  /** With room for two of its four cells, of 2.2 MB each, and for a megabyte that the browser takes for its own books. */
  const addWithoutRoom = async (name: string) => {
    await studio.drop(await madeSceneFiles(testInfo.outputPath(name), 1600, 96, name))
    const dialog = page.getByRole('dialog', { name: 'Add scene' })
    await expect(dialog.getByText('4 cells')).toBeVisible({ timeout: 120_000 })
    // The studio's own files, which it keeps to work without a network, would take the room.
    await page.evaluate(async () => void (await navigator.serviceWorker.ready))
    const { usage = 0 } = await page.evaluate(() => navigator.storage.estimate())
    await setQuota(context, page, baseURL!, usage + 5_500_000)
    await dialog.getByRole('button', { name: 'Add', exact: true }).click()
    await expect(strip).toContainText(/not added whole: [1-3] cells? so far/, { timeout: 120_000 })
    await expect(page.getByText(/storage for this site is full/).first()).toBeVisible()
    await setQuota(context, page, baseURL!, null)
  }

  await test.step('Continue adds the rest from the files, which are still open', async () => {
    await addWithoutRoom('valley')
    await expectAccessible(page, 'scene not whole')
    await strip.getByRole('button', { name: 'Continue' }).click()
    await expect(page.getByText('added: 4 cells')).toBeVisible({ timeout: 120_000 })
    await expect(strip).toBeHidden()
    await expect(cells).toHaveCount(4)
  })

  await test.step('after a reload it asks for the files, or is removed for good', async () => {
    await addWithoutRoom('coast')
    await page.reload()
    await studio.opened()
    await expect(strip).toContainText('Drop the same files again to continue.')
    await expect(strip.getByRole('button', { name: 'Continue' })).toBeHidden()
    await strip.getByRole('button', { name: 'Remove scene' }).click()
    const question = page.getByRole('alertdialog', { name: 'Remove this scene?' })
    await question.getByRole('button', { name: 'Remove scene' }).click()
    await expect(strip).toBeHidden()
    await expect(cells).toHaveCount(4)
    await page.reload()
    await studio.opened()
    await expect(cells).toHaveCount(4)
    await expect(strip).toBeHidden()
  })
})
