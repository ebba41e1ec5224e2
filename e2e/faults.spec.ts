import { expect, type Page, test } from '@playwright/test'
import { breakFor } from './breakFor'
import { Keyboard } from './keyboard'
import { FIRST, openSmall, paint, SECOND } from './smallProject'
import { StudioPage } from './studioPage'

/** Ends the tab's process without a word, as a crash or the system would. */
async function kill(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const gone = page.waitForEvent('crash')
  void session.send('Page.crash').catch(() => undefined)
  await gone
  await page.close()
}

test('a tab killed in the middle of a stroke keeps every stroke before it', async ({
  page,
  context,
}, testInfo) => {
  const studio = new StudioPage(page)
  await openSmall(studio, testInfo.outputPath('patches'))
  await studio.button('Brush').click()
  await paint(studio, FIRST, 0.3)
  const kept = await paint(studio, FIRST, 0.5)
  await studio.saved()
  const box = (await page.getByTestId('map-canvas').boundingBox())!
  await page.mouse.move(box.x + 0.4 * box.width, box.y + 0.7 * box.height)
  await page.mouse.down()
  await page.mouse.move(box.x + 0.6 * box.width, box.y + 0.7 * box.height, { steps: 6 })
  await kill(page)

  const again = new StudioPage(await context.newPage())
  await again.open()
  await expect(again.row(FIRST)).toHaveAttribute('aria-selected', 'true')
  await expect(again.share(FIRST)).toHaveText(kept)
  await again.page.keyboard.press('Control+z')
  await expect(again.share(FIRST)).not.toHaveText(kept)
  await again.page.keyboard.press('Control+z')
  await expect(again.button('Undo')).toBeDisabled()
})

test('a crashed worker fails its call with a message and is there again for the next', async ({
  page,
}, testInfo) => {
  const studio = new StudioPage(page)
  await openSmall(studio, testInfo.outputPath('patches'))
  await studio.engineReady()
  const workers = studio.workers()
  expect(workers).toHaveLength(2)
  for (const worker of workers) {
    // The studio ends a worker that broke: from then on a call makes a new one.
    const ended = worker.waitForEvent('close')
    await worker.evaluate(() => {
      setTimeout(() => {
        throw new Error('broken on purpose')
      })
    })
    await ended
  }
  await studio.button('False colour').click()
  await studio.idle()
  await studio.row(SECOND).click()
  await studio.idle()
  await expect(page.getByRole('alert').filter({ hasText: 'could not be read' })).toHaveCount(0)
  await studio.button('Run ensemble').click()
  await expect(studio.share(SECOND)).toHaveText(/%/, { timeout: 300_000 })
})

test('a GPU lost in the middle of training is said, and nothing that was there before is lost', async ({
  page,
  browser,
}, testInfo) => {
  const studio = new StudioPage(page)
  await openSmall(studio, testInfo.outputPath('patches'))
  await studio.engineReady()
  await studio.chooseOnly('SegFormer')
  // More than are taken before the GPU is gone.
  await studio.set('Steps', 100)
  await studio.button('Start round').click()
  await expect(studio.rounds.getByText(/Training .*step [1-9]\d* of/)).toBeVisible({ timeout: 300_000 })
  const session = await browser.newBrowserCDPSession()
  await session.send('Browser.crashGpuProcess')
  await expect(page.getByText(/GPU was lost/).first()).toBeVisible({ timeout: 120_000 })
  // The browser may withhold the GPU from a page that lost it until the page is opened anew.
  await page.reload()
  await studio.engineReady()
  await expect(studio.rows()).toHaveCount(4)
  await expect(
    studio.rounds.getByRole('button', { name: 'Resume round' }).or(studio.button('Start round')),
  ).toBeEnabled({
    timeout: 120_000,
  })
})

test.describe('a part that fails', () => {
  // What the service worker has stored would be there although the server does not answer.
  test.use({ serviceWorkers: 'block' })

  test('takes nothing else with it: a dialog is named, the whole page offers archive and reload', async ({
    page,
  }, testInfo) => {
    const studio = new StudioPage(page)
    const keyboard = new Keyboard(page)
    const file = /\/assets\/ExportDialog[^/]*\.js$/
    await page.route(file, route => route.abort('internetdisconnected'))
    await openSmall(studio, testInfo.outputPath('patches'))
    await studio.button('Export').click()
    const failure = page.getByRole('alertdialog', { name: 'This window could not be opened' })
    await expect(failure).toContainText('Its file could not be fetched: check the connection.')
    await page.keyboard.press('Escape')
    await expect(failure).toBeHidden()

    await studio.button('Brush').click()
    await paint(studio, FIRST, 0.3)
    await paint(studio, FIRST, 0.6)
    // The first panel that shows a number breaks, and with it the page.
    await breakFor(page, 'Number', async () => {
      // To the next patch and back.
      await page.keyboard.press('j')
      await page.keyboard.press('k')
      await expect(page.getByRole('heading', { name: 'Scarp ran into an error' })).toBeVisible()
    })
    await expect(page.getByRole('alert')).toContainText('Something in Scarp failed')
    await page.getByText('Details', { exact: true }).press('Enter')
    await expect(page.getByText('broken on purpose')).toBeVisible()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      studio.button('Save project archive').click(),
    ])
    const archive = testInfo.outputPath('rescued.zip')
    await download.saveAs(archive)
    await studio.button('Reload').click()
    await studio.opened()
    await expect(studio.rows()).toHaveCount(4)
    const kept = await studio.shareText(FIRST)

    // With the network back the dialog is there, and the archive holds both strokes.
    await page.unroute(file)
    await page.reload()
    await studio.opened()
    await studio.button('Export').click()
    await expect(page.getByRole('dialog', { name: 'Export' })).toBeVisible()
    await page.keyboard.press('Escape')
    await studio.button('Undo').click()
    await expect(studio.share(FIRST)).not.toHaveText(kept)
    await studio.choose(archive, () => keyboard.command('Open project archive'))
    const question = page.getByRole('alertdialog', { name: 'Open project archive' })
    await expect(question).toContainText('2 strokes')
    await question.getByRole('button', { name: 'Replace project' }).click()
    await expect(studio.share(FIRST)).toHaveText(kept)
  })
})
