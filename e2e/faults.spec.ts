import { readFileSync, writeFileSync } from 'node:fs'
import { type BrowserContext, expect, type Page, test } from '@playwright/test'
import { expectAccessible } from './axe'
import { breakFor } from './breakFor'
import { demoFiles } from './demoFiles'
import { Keyboard } from './keyboard'
import { expectReflow, FULL, PHONE } from './reflow'
import { madeSceneFiles } from './sceneFiles'
import { StudioPage } from './studioPage'

const [FIRST, SECOND] = ['image_3', 'image_4'] as const

/** Two labelled patches and two of the event, small; the first of the event is on the map. */
async function openSmall(studio: StudioPage, folder: string): Promise<void> {
  const files = await demoFiles(folder, { seed: 11, size: 64, sourceCount: 2, targetCount: 2 })
  await studio.open()
  await studio.drop(files)
  await studio.importDone()
  await studio.row(FIRST).click()
  await studio.idle()
}

async function paint(studio: StudioPage, row: string, across: number): Promise<string> {
  const before = await studio.shareText(row)
  await studio.stroke([0.4, across], [0.6, across])
  await expect(studio.share(row)).not.toHaveText(before)
  return studio.shareText(row)
}

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
  // Work goes on.
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
    await expect(strip).toContainText('Drop the same files again to go on.')
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

test('an archive that is cut off is refused with the reason and nothing is lost; the whole one comes back', async ({
  page,
}, testInfo) => {
  const studio = new StudioPage(page)
  const keyboard = new Keyboard(page)
  await openSmall(studio, testInfo.outputPath('patches'))
  await studio.button('Brush').click()
  const painted = await paint(studio, FIRST, 0.4)
  await studio.saved()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    keyboard.command('Save project archive'),
  ])
  const whole = testInfo.outputPath('project.zip')
  await download.saveAs(whole)
  const bytes = readFileSync(whole)
  const cut = testInfo.outputPath('cut.zip')
  writeFileSync(cut, bytes.subarray(0, Math.floor(bytes.length * 0.6)))
  const choose = (archive: string) => studio.choose(archive, () => keyboard.command('Open project archive'))
  await choose(cut)
  await expect(page.getByText(/is cut off or damaged/).first()).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(studio.share(FIRST)).toHaveText(painted)

  const later = await paint(studio, FIRST, 0.7)
  await studio.saved()
  await choose(whole)
  const question = page.getByRole('alertdialog', { name: 'Open project archive' })
  await expect(question).toContainText('4 patches, 0 verdicts, 1 steps, 0 rounds')
  await expect(question).toContainText('2 strokes')
  await expectAccessible(page, 'open archive')
  await question.getByRole('button', { name: 'Cancel' }).click()
  await expect(studio.share(FIRST)).toHaveText(later)

  await choose(whole)
  await question.getByRole('button', { name: 'Replace project' }).click()
  await expect(studio.share(FIRST)).toHaveText(painted)
  await expect(studio.rows()).toHaveCount(4)
  // Its history came with it, and only its own.
  await studio.button('Undo').click()
  await expect(studio.share(FIRST)).not.toHaveText(painted)
  await expect(studio.button('Undo')).toBeDisabled()
})

/** Changes the last record of a store behind the back of the studio. */
async function damage(page: Page, store: string, change: object): Promise<void> {
  await page.evaluate(
    async ([name, fields]) => {
      const done = <T>(request: IDBRequest<T>) =>
        new Promise<T>((resolve, reject) => {
          request.onsuccess = () => resolve(request.result)
          request.onerror = () => reject(request.error)
        })
      const open = await done(indexedDB.open('scarp'))
      const records = open.transaction(name, 'readwrite').objectStore(name)
      const last = (await done(records.getAll())).at(-1)
      await done(records.put({ ...last, ...fields }))
      open.close()
    },
    [store, change] as const,
  )
}

test('a damaged record is named, saved as it is and set aside by keyboard; another project can be started', async ({
  page,
}, testInfo) => {
  const studio = new StudioPage(page)
  const keyboard = new Keyboard(page)
  await openSmall(studio, testInfo.outputPath('patches'))
  await studio.button('Brush').click()
  await paint(studio, FIRST, 0.4)
  await studio.button('Accept').click()
  await expect(studio.row(FIRST)).toContainText('Corrected')
  await studio.saved()
  await damage(page, 'patches', { statistics: 'none' })
  await damage(page, 'history', { verdictAfter: 7 })
  await page.reload()
  const heading = page.getByRole('heading', { name: 'The project could not be opened' })
  await expect(heading).toBeFocused()
  await expect(page.getByRole('listitem')).toHaveText(['1 patch (image_4)', 'The verdicts of 1 patch'])
  for (const [theme, viewport] of [
    ['dark', FULL],
    ['light', PHONE],
  ] as const) {
    await page.evaluate(name => {
      document.documentElement.dataset.theme = name
    }, theme)
    await page.setViewportSize(viewport)
    await expectAccessible(page, `rescue, ${theme}`)
    await expectReflow(page, `rescue, ${theme}`)
  }
  await page.setViewportSize(FULL)

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    keyboard.activate(studio.button('Save what is stored')),
  ])
  expect(download.suggestedFilename()).toBe('Untitled project-stored.zip')
  await expect(page.getByText('Saved.')).toBeVisible()

  await keyboard.activate(studio.button('Start another project'))
  await studio.opened()
  await expect(studio.rows()).toHaveCount(0)
  // The damaged one is still among the projects, and its screen leads back to this one.
  await keyboard.command('Projects')
  const damaged = page.getByRole('listitem').filter({ hasText: '4 patches' })
  await damaged.getByRole('button', { name: 'Open Untitled project' }).press('Enter')
  await expect(heading).toBeFocused()
  await expect(studio.button('Open Untitled project')).toBeVisible()

  await keyboard.activate(studio.button('Open without it'))
  await studio.opened()
  await expect(studio.rows()).toHaveCount(3)
  await page.reload()
  await studio.opened()
  await expect(studio.rows()).toHaveCount(3)
})

test('a second tab follows read-only, and gets the project by consent', async ({
  page,
  context,
}, testInfo) => {
  const studio = new StudioPage(page)
  await openSmall(studio, testInfo.outputPath('patches'))
  const second = new StudioPage(await context.newPage())
  await second.page.goto('/')
  const strip = second.page.getByRole('region', { name: 'Read-only' })
  await expect(strip).toContainText('open in another tab')
  await expect(second.button('Accept')).toBeDisabled()
  await expectAccessible(second.page, 'read-only')
  await studio.button('Brush').click()
  const painted = await paint(studio, FIRST, 0.4)
  await studio.saved()
  await expect(second.share(FIRST)).toHaveText(painted)

  await strip.getByRole('button', { name: 'Take over here' }).click()
  const question = page.getByRole('alertdialog', { name: 'Another tab asks to take over' })
  await expect(question).toBeVisible()
  await expectAccessible(page, 'take over')
  await question.getByRole('button', { name: 'Hand it over' }).click()
  await expect(strip).toBeHidden()
  await expect(second.button('Accept')).toBeEnabled()
  await expect(page.getByRole('region', { name: 'Read-only' })).toBeVisible()
  await expect(studio.button('Accept')).toBeDisabled()
  await expect(second.share(FIRST)).toHaveText(painted)
})

/** Keeps the workers busy: what is asked of them from now on is not done when the page is reloaded. */
function holdWorkers(studio: StudioPage): void {
  for (const worker of studio.workers()) {
    const busy = worker.evaluate(() => {
      for (const until = Date.now() + 20_000; Date.now() < until; );
    })
    // The reload ends it.
    void busy.catch(() => undefined)
  }
}

test('an import and an archive that a reload cuts off are offered again by name', async ({
  page,
}, testInfo) => {
  const files = await demoFiles(testInfo.outputPath('patches'), {
    seed: 11,
    size: 128,
    sourceCount: 0,
    targetCount: 12,
  })
  const studio = new StudioPage(page)
  const keyboard = new Keyboard(page)
  const strip = page.getByRole('region', { name: 'Interrupted' })
  await studio.open()
  await studio.drop(files)
  await expect(page.getByText(/^[1-9] of 12/)).toBeVisible({ timeout: 120_000 })
  await page.reload()
  await studio.opened()
  await expect(strip).toContainText('Adding files was interrupted')
  await expectAccessible(page, 'import interrupted')
  // What was read is kept; the rest comes with the same files.
  expect(await studio.rows().count()).toBeGreaterThan(0)
  await studio.choose(files, () => strip.getByRole('button', { name: 'Open files' }).click())
  await expect(strip).toBeHidden()
  await studio.importDone()
  await expect(studio.patches).toContainText('of 12 reviewed')

  holdWorkers(studio)
  await keyboard.command('Save project archive')
  await page.reload()
  await studio.opened()
  await expect(strip).toContainText('Saving the archive was interrupted')
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    strip.getByRole('button', { name: 'Save project archive' }).click(),
  ])
  await expect(strip).toBeHidden()
  const whole = testInfo.outputPath('project.zip')
  await download.saveAs(whole)

  await studio.choose(whole, () => keyboard.command('Open project archive'))
  const replace = page.getByRole('button', { name: 'Replace project' })
  await expect(replace).toBeVisible()
  holdWorkers(studio)
  await replace.click()
  await page.reload()
  await studio.opened()
  await expect(strip).toContainText('Opening an archive was interrupted')
  await studio.choose(whole, () => strip.getByRole('button', { name: 'Open project archive' }).click())
  await replace.click()
  await expect(page.getByText(/Opened .*: 12 patches/)).toBeVisible()
  await expect(strip).toBeHidden()
})
